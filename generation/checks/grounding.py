"""Do levels, sides, grades and numbers of the writing stand in the sentences it may draw on?"""

from __future__ import annotations

from collections.abc import Sequence

from generation.checks.attributes import everywhere, said_in
from generation.checks.claims import misgraded, misgraded_elsewhere, missided, missided_elsewhere
from generation.checks.grounds import Grounds, evidence_texts, grounds_of, hold, numbers_of, ungraded
from generation.checks.registry import EXAM, PROSE, check
from generation.checks.sentences import ASKS, sentences_of
from generation.findings import Statement, vocabulary
from generation.items import PlannedItem
from generation.samples import Writing


@check("levels", "wrong-level")
def levels(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a level that no such sentence names, a finding put at a level where these do not have it, and a level field
    that is not the target's."""
    written, grounds = _read(item, writing), grounds_of(item, writing)
    wrong = (
        writing.level != item.target.level
        or not everywhere(written, "levels") <= grounds.levels
        or not everywhere(written, "vertebrae") <= grounds.vertebrae
        or any(_misplaced(text, item, grounds) for text in written)
    )
    return ["wrong-level"] if wrong else []


@check("sides", "wrong-side", kinds=EXAM)
def sides(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a side that no cited sentence names, and a finding put on a side where these do not have it."""
    written, grounds = tuple(writing.texts().values()), grounds_of(item, writing)
    wrong = (
        not everywhere(written, "sides") <= grounds.sides
        or not (grounds.foreign or everywhere(written, "side_words") <= grounds.side_words)
        or any(missided(text, item.target, grounds) or missided_elsewhere(text, grounds) for text in written)
    )
    return ["wrong-side"] if wrong else []


@check("grades", "wrong-grade", kinds=EXAM)
def grades(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a grade that no cited sentence names, and a finding with a grade that the cited sentences do not give it."""
    written, grounds = tuple(writing.texts().values()), grounds_of(item, writing)
    wrong = ungraded(written, grounds, item.language) or any(
        misgraded(text, item.target, grounds) or misgraded_elsewhere(text, grounds) for text in written
    )
    return ["wrong-grade"] if wrong else []


@check("numbers", "wrong-number")
def numbers(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a number, other than in a level, that the evidence does not hold; prose may number its lists."""
    written = everywhere(_read(item, writing), "counts" if item.kind in PROSE else "numbers")
    return [] if written <= numbers_of(evidence_texts(item), item.language) else ["wrong-number"]


def _read(item: PlannedItem, writing: Writing) -> tuple[str, ...]:
    """Return the texts as they are read: prose sentence by sentence, as the checks of prose read it."""
    texts = tuple(writing.texts().values())
    return tuple(sentence for text in texts for sentence in sentences_of(text)) if item.kind in PROSE else texts


def _misplaced(text: str, item: PlannedItem, grounds: Grounds) -> bool:
    """Say whether a text puts a finding at a level where the sentences do not have it.

    At several levels at once it has to be at each of them, where the text names no other finding that one could belong
    to and does not ask which of them it is.
    """
    statements = said_in(text).statements
    whole = len({said.finding for said in statements}) == 1 and not text.rstrip().endswith(ASKS)
    return any(
        not hold(grounds.texts, said.finding, level)
        for said in statements
        if not said.negated and not _proposed(said, item) and (whole or len(said.levels) == 1)
        for level in said.levels
    )


def _proposed(said: Statement, item: PlannedItem) -> bool:
    """Say whether a doctor only proposes what is to be done: no sentence of the source needs to hold it."""
    return (
        item.kind in PROSE
        and vocabulary().finding(said.finding).is_procedure
        and not vocabulary().finding(item.target.finding).is_procedure
    )
