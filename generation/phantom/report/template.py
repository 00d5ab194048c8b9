"""Report templates: data files that say how a report is laid out and how it words each finding."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import Field

from generation.model import Value
from generation.sources import Language


class LevelForm(StrEnum):
    """How a template writes a level."""

    FULL_SLASH = "full-slash"
    """`L4/L5`."""
    FULL_DASH = "full-dash"
    """`L4-L5`."""
    SHORT_SLASH = "short-slash"
    """`L4/5`, but `L5/S1`."""
    SHORT_DASH = "short-dash"
    """`L4-5`, but `L5-S1`."""
    CHINESE = "chinese"
    """`腰4/5`, `腰5/骶1`."""


class Conclusion(StrEnum):
    """How a template ends."""

    NAMES = "names"
    """The findings once more, by their names."""
    NONE = "none"
    """Without a conclusion."""


class Template(Value):
    """One way to write a report."""

    id: str
    language: Language
    levels: LevelForm
    dates: str
    """Of y, m, d, month and mon (English names)."""
    items: str
    """How one sentence of the findings is set: `{text}`, and `{number}` if they are counted."""
    text: str
    """The whole; `{findings}`, `{normal}`, `{conclusion}` and what identifies the study go in."""
    conclusion: Conclusion
    say: dict[str, str] = Field(min_length=11)
    """A sentence a finding; `sixth` and `fused` are the two kinds of transitional vertebra."""
    normal: dict[str, str]
    """What is said where a finding is absent."""


class Words(Value):
    """Words that all templates of a language share."""

    exams: dict[str, str]
    techniques: dict[str, str]
    sexes: dict[str, str]
    sides: dict[str, str]
    grades: dict[str, str]


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    """Return all templates, in the order of their names."""
    folder = files("generation.phantom.report") / "templates"
    read = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".yaml")}
    return tuple(
        Template.model_validate({"id": name.removesuffix(".yaml"), **yaml.safe_load(read[name])})
        for name in sorted(read)
    )


@lru_cache(maxsize=2)
def words_of(language: Language) -> Words:
    """Return the shared words of a language."""
    text = (files("generation.phantom.report") / "words.yaml").read_text("utf-8")
    return Words.model_validate(yaml.safe_load(text)[language.value])
