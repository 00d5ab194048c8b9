"""The vocabulary of readings: specialties and conditions, from the packaged file or one that an operator gives."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from generation.errors import VocabularyError
from generation.model import Value
from generation.sources import Language

NONE = "none"
"""What a request offers where no condition fits; no id may be called so."""
FILE = "vocabulary.yaml"
SHOWN = f"generation/reading/{FILE}"


class Words(Value):
    """One phrase in both languages."""

    en: str = Field(min_length=1, max_length=80)
    """English."""
    zh: str = Field(min_length=1, max_length=40)
    """Chinese."""

    def of(self, language: Language) -> str:
        """Return the phrase in a language."""
        return self.zh if language is Language.ZH else self.en


class Entry(Value):
    """A specialty or a condition."""

    id: str = Field(pattern="^[a-z][a-z0-9_]{1,40}$")
    """What a reading says."""
    name: Words
    """What people are shown."""
    about: Words
    """One line that tells it from the others; the model is shown it."""


class Vocabulary(Value):
    """Specialties and conditions under one name and version."""

    name: str = Field(pattern="^[a-z][a-z0-9_-]{0,40}$")
    """Of this list, as readings name it."""
    version: str = Field(pattern="^[A-Za-z0-9._-]{1,20}$")
    """Raised with every change of ids or meanings."""
    conditions_of: str
    """Id of the specialty whose sources have a condition."""
    specialties: tuple[Entry, ...] = Field(min_length=2, max_length=24)
    """Of orthopaedics; a source has one of them."""
    conditions: tuple[Entry, ...] = Field(min_length=1, max_length=48)
    """Of the spine; a source of that specialty has one of them, or none."""

    @property
    def label(self) -> str:
        """`<name>@<version>`, as readings name it."""
        return f"{self.name}@{self.version}"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for what, entries in (("specialties", self.specialties), ("conditions", self.conditions)):
            ids = [entry.id for entry in entries]
            doubled = sorted({name for name in ids if ids.count(name) > 1})
            if doubled:
                raise ValueError(f"{what}: ids must differ, given twice: {', '.join(doubled)}")
            if NONE in ids:
                raise ValueError(f"{what}: {NONE!r} says that nothing fits; call the entry something else")
        if self.conditions_of not in {entry.id for entry in self.specialties}:
            raise ValueError(f"conditions_of: {self.conditions_of!r} is no specialty of this file")
        return self


@lru_cache(maxsize=1)
def packaged_vocabulary() -> Vocabulary:
    """Return the vocabulary that ships: 7 specialties, 14 conditions."""
    return read_vocabulary((resources.files("generation.reading") / FILE).read_text(encoding="utf-8"), SHOWN)


def read_vocabulary(text: str, where: str) -> Vocabulary:
    """Return the vocabulary written in `text` (YAML); `where` names the file in messages.

    Raises:
        VocabularyError: not YAML, a field missing or unknown, an id twice, or ids that do not fit together.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise VocabularyError(f"{where}: not readable as YAML ({error}); correct the file") from error
    try:
        return Vocabulary.model_validate(content)
    except ValidationError as error:
        raise VocabularyError(f"{where}: {_first(error, content)}; correct it as {SHOWN} shows") from error


def _first(error: ValidationError, content: Any) -> str:
    """Say the first fault of a file, with the entry's id where it has one."""
    fault = error.errors()[0]
    place = [str(part) for part in fault["loc"]]
    if len(place) > 1 and place[0] in ("specialties", "conditions") and place[1].isdigit():
        entry = content[place[0]][int(place[1])]
        name = entry.get("id", place[1]) if isinstance(entry, dict) else place[1]
        place = [f"{place[0]}, entry {name}", *place[2:]]
    said = fault["msg"].removeprefix("Value error, ")
    return ": ".join([*place, said]) if place or isinstance(content, dict) else f"file: {said}"
