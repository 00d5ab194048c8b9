"""Planted drafts: writings that a clinician would pass, and writings with one fault each, over items built by hand.

Each file of `data/planted/` holds one item with five good writings and five bad ones. A bad writing is a good one (the
one numbered `from`) with what is written in its place.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generation.items import Axis, Evidence, Kind, Option, PlannedItem, Role, Target
from generation.samples import Writing
from generation.sources import Language, SourceRef, Split

FOLDER = Path(__file__).parent / "data" / "planted"
KINDS = ("wrong_level", "wrong_side", "uncited", "given_away", "empty", "cut_off")


class Planted(NamedTuple):
    """One writing of a planned item."""

    item: PlannedItem
    writing: Writing
    finish: str
    """`stop`, or `length` where the engine ran out of tokens."""
    kind: str
    """`good`, or one of `KINDS`."""


@cache
def _pages() -> tuple[tuple[str, dict[str, Any]], ...]:
    return tuple(
        (path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.yaml"))
    )


def document_of(name: str) -> str:
    """Return the text of the document that the item `name` is about."""
    page = dict(_pages())[name]
    return "# " + " / ".join(page["heading"]) + "\n\n" + " ".join(page["evidence"].values()) + "\n"


@cache
def item_of(name: str) -> PlannedItem:
    """Return the planned item of a file; its claims are the target with what each option changes of it."""
    page, text = dict(_pages())[name], document_of(name)
    target = Target(**page["target"])
    sentences = [
        Evidence(id=key, text=said, start=text.index(said), end=text.index(said) + len(said))
        for key, said in page["evidence"].items()
    ]
    options = [
        Option(id=letter, text=said, role=Role(role), claim=Target(**page["target"] | changed))
        for letter, (said, role, changed) in zip("ABCD", page["options"], strict=False)
    ]
    return PlannedItem(
        id=f"planted-{name}",
        source=SourceRef(
            id=name,
            version=hashlib.sha256(text.encode()).hexdigest(),
            title=page["heading"][0],
            licence="CC0-1.0",
            split=Split.TRAIN,
            media_type="text/markdown",
        ),
        plan=f"planted-plan-{name}",
        plan_version="planted",
        slot=0,
        kind=Kind.MCQ,
        language=Language.EN,
        axis=Axis(page["axis"]),
        heading_path=tuple(page["heading"]),
        evidence=tuple(sentences),
        support=tuple(page["support"]),
        target=target,
        levels=tuple(page["levels"]),
        options=tuple(options),
        answer=next(option.id for option in options if option.role is Role.ANSWER),
    )


def _written(name: str, number: int, changed: dict[str, Any]) -> Writing:
    question, rationale, citations = dict(_pages())[name]["good"][number]
    level = item_of(name).target.level
    fields = {"level": level, "question": question, "rationale": rationale, "citations": citations}
    return Writing(**fields | {key: value for key, value in changed.items() if key in fields})


def planted_good() -> list[Planted]:
    """Return 100 writings that belong in the queue."""
    return [
        Planted(item_of(name), _written(name, number, {}), "stop", "good")
        for name, page in _pages()
        for number in range(len(page["good"]))
    ]


def planted_bad() -> list[Planted]:
    """Return 100 writings that must be held, 16 to 18 of each kind."""
    return [
        Planted(item_of(name), _written(name, bad.get("from", 0), bad), bad.get("finish", "stop"), bad["kind"])
        for name, page in _pages()
        for bad in page["bad"]
    ]
