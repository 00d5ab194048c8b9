"""How far a denial or a doubt reaches: whether it takes the certainty from a finding of its segment.

Both reach the whole segment, with one exception: in a clause of its own behind the finding (`... that does not move`,
`... and may touch the root`) they are said of that clause's verb, and leave the finding as stated, unless the verb
says whether the finding is there at all (`... that was not confirmed`, `... which may be a haemangioma`).
"""

from __future__ import annotations

import re

from generation.findings.clauses import Clause
from generation.findings.cues import (
    ASSERTED,
    AUXILIARY_BEFORE,
    DENIES_AHEAD,
    DENIES_ALL,
    EXISTENCE,
    HEDGES,
    NEXT_VERB,
    OWN_CLAUSE,
    VERB_DENIAL,
    VERB_DOUBT,
)
from generation.findings.surface import FindingMention


def denied(text: str, clause: Clause, mention: FindingMention) -> bool:
    """True when a word of denial of the segment reaches the mention."""
    start, end = clause.segment
    own = _own_clause(text, clause, mention)
    return bool(DENIES_AHEAD.search(text, start, mention.end)) or any(
        word.start() < own or not _of_the_verb(text, word, VERB_DENIAL, end)
        for word in DENIES_ALL.finditer(text, start, end)
    )


def doubted(text: str, clause: Clause, mention: FindingMention) -> bool:
    """True when the segment, or a question mark, takes the certainty from what it says of the mention.

    A doubt in a clause of its own counts as that clause's only where the segment before it reports the finding as
    seen: `a disc extrusion that may compress the root is treated by ...` speaks of no patient.
    """
    start, end = clause.segment
    own = _own_clause(text, clause, mention)
    reported = bool(ASSERTED.search(text, start, own))
    return text.rstrip().endswith("?") or any(
        word.start() < own or not reported or not _of_the_verb(text, word, VERB_DOUBT, end)
        for word in HEDGES.finditer(text, start, end)
    )


def _own_clause(text: str, clause: Clause, mention: FindingMention) -> int:
    """Where the first clause with a verb of its own begins behind the mention; the segment's end if none does.

    One that names a level counts as none: `a disc extrusion that does not involve L4/L5` says where the finding is not.
    """
    end = clause.segment[1]
    found = OWN_CLAUSE.search(text, mention.end, end)
    if found is None or any(level.start >= found.end() for level in (*clause.own, *clause.doubtful)):
        return end
    return found.end()


def _of_the_verb(text: str, word: re.Match[str], kind: re.Pattern[str], end: int) -> bool:
    """True when the word belongs to a verb that does not say whether something is there."""
    if not kind.fullmatch(word[0]):
        return False
    if word[0].lower() == "not" and not AUXILIARY_BEFORE.search(text, max(0, word.start() - 30), word.start()):
        return False
    verb = NEXT_VERB.match(text, word.end(), end)
    return verb is not None and not EXISTENCE.fullmatch(verb["verb"])
