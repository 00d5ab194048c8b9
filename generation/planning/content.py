"""What an item is to be about, before it has a number: the part of planning that differs from kind to kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from generation.findings import vocabulary
from generation.items import Axis, Fact, Option, Target
from generation.planning.settings import PlanSettings
from generation.sources import Document, Language, Sentence, SourceRef


class Asked(NamedTuple):
    """What a plan is made from."""

    source: SourceRef
    document: Document
    language: Language
    """Of the items; the document may be in another."""
    settings: PlanSettings


class Content(NamedTuple):
    """Evidence, target and answer of one item."""

    target: Target
    heading_path: tuple[str, ...]
    window: tuple[Sentence, ...]
    """The sentences it shows, in the order of the text."""
    axis: Axis
    answer: str
    options: tuple[Option, ...] = ()
    facts: tuple[Fact, ...] = ()


class Maker(Protocol):
    """Gives the contents of all items of one kind, in the order of their slots; a function of its argument alone."""

    def __call__(self, asked: Asked) -> Iterator[Content]:
        """Give them one by one; more than the settings allow may come, the plan takes the first of them."""


def axis_of(target: Target) -> Axis:
    """Return the axis of a question about a target: an operation is planning, anything else pathology."""
    return Axis.SURGICAL_PLANNING if vocabulary().finding(target.finding).is_procedure else Axis.PATHOLOGY


def name_of(target: Target) -> str:
    """Return a target as a key of draws: everything that tells it from another."""
    return f"{target.finding}|{target.level}|{target.side}|{target.grade}"
