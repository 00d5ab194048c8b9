"""Whose wording counts after a revision, and why a sample is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generation.checks import run_checks
from generation.errors import OutputUnreadable
from generation.items import PlannedItem
from generation.requests import ModelAnswer
from generation.samples import Draft, Stands, Writing
from generation.tasks.choosing import Choice
from generation.tasks.reading import read_object

RANDOM_WEIGHTS = "random-weights"
UNREADABLE = "revision-unreadable"


class Settled(NamedTuple):
    """What a revision comes to."""

    writing: Writing | None
    """The wording that counts."""
    stands: Stands
    reasons: tuple[str, ...]
    """Why the sample is held; empty means queued."""
    found: tuple[str, ...]
    """What the checks say of `writing`."""


def reasons_with(reasons: tuple[str, ...], answer: ModelAnswer) -> tuple[str, ...]:
    """Return the reasons to hold what an answer says, with one more where its model was never trained."""
    return (*reasons, RANDOM_WEIGHTS) if answer.random_weights else reasons


def settle(item: PlannedItem, draft: Draft, choice: Choice, answer: ModelAnswer) -> Settled:
    """Return the revision's wording if nothing holds it, else the draft's if nothing holds that, else the revision's
    with its reasons."""
    if choice.writing is None:
        return Settled(draft.parsed, Stands.DRAFT, reasons_with((UNREADABLE,), answer), draft.reasons)
    reasons = reasons_with(choice.reasons, answer)
    if not reasons:
        return Settled(choice.writing, Stands.REVISION, (), ())
    # The draft's checks are run again: it may have been made by another release than this one.
    if draft.parsed is not None and not draft.reasons and not run_checks(item, draft.parsed, "stop"):
        return Settled(draft.parsed, Stands.DRAFT, (), ())
    return Settled(choice.writing, Stands.REVISION, reasons, choice.reasons)


def said(raw: str) -> Mapping[str, Any]:
    """Return the verdicts that a completion holds, by criterion id; nothing where it is not readable."""
    try:
        verdicts = read_object(raw, "revision").get("verdicts")
    except OutputUnreadable:
        return {}
    return verdicts if isinstance(verdicts, dict) else {}


def changed(draft: Writing | None, writing: Writing | None) -> tuple[str, ...]:
    """Name the texts in which the wording that counts differs from the draft's, and `citations`."""
    if draft is None or writing is None or draft is writing:
        return ()
    before, after = draft.texts(), writing.texts()
    names = [name for name in before | after if before.get(name) != after.get(name)]
    return (*names, "citations") if draft.citations != writing.citations else tuple(names)
