"""Does the writing state the target, and no other finding as if it were there?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from generation.checks.attributes import everywhere, hinted_in, said_in
from generation.checks.claims import denies, has_side, spoken_by_doctor, strange_in
from generation.checks.grounds import cited_texts, hold
from generation.checks.registry import CONSULTATION, EXAM, REPORT, check
from generation.checks.sentences import sentences_of, told
from generation.checks.words import letters
from generation.findings import Statement, grades_in, vocabulary
from generation.items import PlannedItem, Target
from generation.samples import Writing

ABSENT_AHEAD = re.compile(
    r"(?<![A-Za-z])(?:no|without|absence of|negative for|free of|(?:not|n['’]t) (?:show|see|find|have)|neither)"
    r"(?:\s+[\w/-]+){0,4}\s*$|(?:没有|未见|无|未发现|不存在|排除)[^，。；]{0,8}$",
    re.IGNORECASE,
)
"""Before a finding: it is not there."""
ABSENT_BEHIND = re.compile(
    r"\s*(?:(?:at|of|on|in)\s+[\w/]+\s+)?(?:is|was|are|were|has been)\s+(?:ruled out|excluded|absent"
    r"|not\s+(?:seen|found|present|visible|there|shown))|[^，。；]{0,6}(?:已排除|被排除|不存在|未见)",
    re.IGNORECASE,
)
"""Behind a finding: it is not there."""
OTHERS = re.compile(
    r"(?<![A-Za-z])(?:others?|another|further|additional|new|elsewhere|recurr\w+)(?![A-Za-z])|其[他它余]|进一步|复发",
    re.IGNORECASE,
)
"""Speaks of another finding of the same name."""


@check("target", "off-target", kinds=EXAM)
def target(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a rationale that does not name the target's finding (a hint will do beside its level), denies it, or
    names a finding that is not cited."""
    related = vocabulary().related(item.target.finding)
    said = said_in(writing.rationale)
    named = bool((said.findings | said.procedures) & related) or (
        item.target.level in said.levels and bool(hinted_in(writing.rationale) & related)
    )
    strange = strange_in(writing.rationale, item.target, cited_texts(item, writing))
    other = any(letter != item.answer for letter in letters(writing.rationale))
    off = not named or denies(item.target, [writing.rationale]) or strange or other
    return ["off-target"] if off else []


@check("target", "off-target", kinds=CONSULTATION)
def told_by_doctor(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a consultation whose doctor does not tell the target, finding and level in one sentence, or denies it."""
    spoken = [sentence for text in spoken_by_doctor(writing) for sentence in told(text)]
    return [] if states_whole(item.target, spoken) and not _says_absent(item.target, spoken) else ["off-target"]


@check("target", "off-target", kinds=REPORT)
def found_on_imaging(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a report whose imaging findings do not state the target (a procedure may stand in any part), or of which
    any part denies it."""
    every = [sentence for text in writing.texts().values() for sentence in told(text)]
    done = vocabulary().finding(item.target.finding).is_procedure
    found = every if done or writing.report is None else sentences_of(writing.report.imaging_findings)
    named = item.target.finding in everywhere(found, "procedures" if done else "findings")
    return [] if named and states_whole(item.target, found) and not _says_absent(item.target, every) else ["off-target"]


def states_whole(target: Target, sentences: Sequence[str]) -> bool:
    """Say whether one sentence has finding and level, and the sentences together side and grade where there are any."""
    return (
        any(hold((sentence,), target.finding, target.level) for sentence in sentences)
        and has_side(target, everywhere(sentences, "sides"))
        and (target.grade is None or any(target.grade in grades_in(sentence) for sentence in sentences))
    )


def _says_absent(target: Target, sentences: Iterable[str]) -> bool:
    """Say whether prose says that the finding is not there; `not every extrusion needs surgery` does not."""
    related = vocabulary().related(target.finding)
    return any(
        absent(sentence, said)
        for sentence in sentences
        if not OTHERS.search(sentence)
        for said in said_in(sentence).statements
        if said.negated and said.finding in related and said.levels in ((), (target.level,))
    )


def absent(sentence: str, said: Statement) -> bool:
    """Say whether a sentence says in so many words that what it speaks of is not there."""
    return bool(ABSENT_AHEAD.search(sentence[: said.start]) or ABSENT_BEHIND.match(sentence[said.end :]))
