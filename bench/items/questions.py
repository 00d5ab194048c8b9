"""The words of the questions, from the packaged file."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import yaml

from generation.items import Axis
from generation.model import Value
from generation.sources import Language


class Questions(Value):
    """How questions are put, by axis and language."""

    version: str
    phantom: dict[Axis, dict[Language, str]]
    planned: dict[Axis, dict[Language, str]]


@lru_cache(maxsize=1)
def questions() -> Questions:
    """Return the questions that ship."""
    return Questions.model_validate(yaml.safe_load((files("bench.items") / "questions.yaml").read_text("utf-8")))
