"""Do consultation and report tell of sides, grades and findings as the source does?

Words of every day (`the right treatment`, `severe pain`, `is it worse on the left?`) are no claims about a finding:
only what a sentence tells counts, and a severity only where it is said of a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from generation.checks.attributes import everywhere, said_in
from generation.checks.claims import misgraded, misgraded_elsewhere, missided, missided_elsewhere, spoken_by_doctor
from generation.checks.grounds import grounds_of, ungraded
from generation.checks.registry import PROSE, check
from generation.checks.sentences import told
from generation.findings import Statement, vocabulary
from generation.items import PlannedItem
from generation.samples import Writing

ASSERTED = re.compile(
    r"(?<![A-Za-z])(?:(?:you|he|she|they|patient)\s+(?:also\s+|still\s+)?(?:have|has)|shows?|showed|reveal(?:s|ed)"
    r"|there\s+(?:is|are|was|were))(?:\s+(?!no\b|possib|suspect|risk|chance|histor|famil)[\w/-]+){0,4}\s*$"
    r"|(?:显示|可见|发现|患有|存在)[^，。；可疑若如未无没]{0,12}$",
    re.IGNORECASE,
)
"""Before a finding: it is there, whatever else the sentence plans (`you have discitis, so we will start ...`)."""
CONDITION = re.compile(r"(?<![A-Za-z])(?:if|whether|when|unless|should|until)(?![A-Za-z])|如|若|假", re.IGNORECASE)


@check("sides", "wrong-side", kinds=PROSE)
def sides(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a side told that no sentence names, and a finding on a side where these do not have it."""
    written, grounds = tuple(_told(writing.texts().values())), grounds_of(item, writing)
    wrong = not everywhere(written, "sides") <= grounds.sides or any(
        missided(text, item.target, grounds) or missided_elsewhere(text, grounds) for text in written
    )
    return ["wrong-side"] if wrong else []


@check("grades", "wrong-grade", kinds=PROSE)
def grades(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a grade of a scale that no sentence names, and a finding with a grade that these do not give it."""
    written, grounds = tuple(_told(spoken_by_doctor(writing))), grounds_of(item, writing)
    wrong = ungraded(written, grounds, item.language, scales_only=True) or any(
        misgraded(text, item.target, grounds) or misgraded_elsewhere(text, grounds) for text in written
    )
    return ["wrong-grade"] if wrong else []


@check("findings", "unsupported-finding", kinds=PROSE)
def findings(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a finding told for certain, wherever it be, that no sentence names or hints at."""
    possible = grounds_of(item, writing).possible
    strange = any(
        said.finding not in possible and not said.negated and not _doubted(sentence, said) and not _done(said)
        for sentence in _told(spoken_by_doctor(writing))
        for said in said_in(sentence).statements
    )
    return ["unsupported-finding"] if strange else []


def _told(texts: Iterable[str]) -> Iterable[str]:
    return (sentence for text in texts for sentence in told(text))


def _doubted(sentence: str, said: Statement) -> bool:
    """Say whether a sentence does not tell a finding for certain; what it plans besides casts no doubt on it."""
    before = sentence[: said.start]
    return said.hedged and not (ASSERTED.search(before) and not CONDITION.search(before))


def _done(said: Statement) -> bool:
    """Say whether it is something done, not something found."""
    return vocabulary().finding(said.finding).is_procedure
