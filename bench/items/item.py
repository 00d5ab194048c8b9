"""One item of SpineBench: what is asked, what is right, and where it comes from."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

import orjson
from pydantic import Field, model_validator

from generation.dialogue import Choice, choice_prompt
from generation.ids import digest
from generation.items import Role, Target
from generation.model import Value
from generation.sources import Language


class ItemKind(StrEnum):
    """What an item is made of."""

    TEXT = "text"
    """A multiple choice question about a text."""
    IMAGE = "image"
    """A multiple choice question about a picture."""
    REPORT = "report"
    """A prompt for a whole report."""


class Origin(StrEnum):
    """Where an item comes from."""

    SOURCE = "source"
    """A source of split `bench`: a document, or a case of a hospital."""
    PHANTOM = "phantom"
    """The truth of a phantom."""
    TSV = "tsv"
    """A table of another benchmark."""


class BenchOption(Value):
    """One answer option."""

    id: str = Field(pattern="^[A-H]$")
    text: str = Field(min_length=1)
    role: Role | None = None
    """Why it is there; `adjacent_level` is any other level here. None where a table does not say."""
    claim: Target | None = None
    """What it asserts; None where a table does not say."""


class BenchItem(Value):
    """One item; a version of SpineBench is a set of them."""

    id: str
    """uuid5 of where it comes from (`bench.items.naming`)."""
    kind: ItemKind = ItemKind.TEXT
    axis: str = Field(min_length=1)
    """A clinical axis (`generation.items.Axis`), or the category of a table."""
    language: Language
    level: str = ""
    """Canonical level that it is about; empty where none is told."""
    condition: str = ""
    """What the source was read as, else the finding that is asked about."""
    case: str = Field(min_length=1)
    """Source, phantom or patient: items of one case are one cluster of every interval."""
    source: str = ""
    """Id of the source, so that it can be withdrawn; empty for phantoms and tables."""
    passage: str = ""
    question: str = Field(min_length=1)
    options: tuple[BenchOption, ...] = ()
    answer: str = ""
    """Id of the right option."""
    origin: Origin
    template: str = ""
    """How a phantom's report is worded, or how the question is."""
    twin: str = ""
    """Id of the item that is the same but for the level; empty where there is none."""
    swapped: bool = False
    """Whether it is the one of two twins in which the levels are exchanged."""
    phantom: bool = False
    """Whether nobody was examined."""
    image: str = ""
    """sha256 of the picture (kind `image`)."""
    reference: str = ""
    """The report that is right (kind `report`)."""

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if self.kind is ItemKind.REPORT:
            if self.options or not self.reference:
                raise ValueError(f"item {self.id}: a report has a reference and no options")
            return self
        ids = [option.id for option in self.options]
        texts = {option.text for option in self.options}
        if len(ids) < 2 or len(set(ids)) != len(ids) or len(texts) != len(ids):
            raise ValueError(f"item {self.id}: options need two or more different ids and texts")
        if self.answer not in ids:
            raise ValueError(f"item {self.id}: its answer {self.answer!r} is none of its options")
        if self.kind is ItemKind.IMAGE and not self.image:
            raise ValueError(f"item {self.id}: an image item needs its image")
        return self

    def option(self, id_: str) -> BenchOption:
        """Return the option of an id; raises KeyError."""
        return {option.id: option for option in self.options}[id_]

    @property
    def right(self) -> BenchOption:
        """The right option."""
        return self.option(self.answer)

    def prompt(self, *, blind: bool = False) -> str:
        """Return what a model is asked; `blind`: without the passage."""
        options = [Choice(option.id, option.text) for option in self.options]
        return choice_prompt("" if blind else self.passage, self.question, options, self.language)

    def asked(self) -> str:
        """Return the digest of what a model sees, our own words of the question among it: answers are kept under it,
        whatever version holds the item."""
        seen = [self.prompt(), self.prompt(blind=True), self.image, [[o.id, o.text] for o in self.options]]
        return digest(orjson.dumps(seen))
