"""Does the rationale speak of the right option, and of no other finding as if it were there?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.checks.attributes import cited_texts, findings_said, levels_in
from generation.checks.registry import check
from generation.findings import find_statements, vocabulary
from generation.findings.surface import find_mentions
from generation.items import PlannedItem
from generation.levels.normal import normalise
from generation.samples import Writing

LETTER = re.compile(r"\b(?:[Aa]nswer|[Oo]ption|[Cc]hoice)(?:\s+is)?\s*[:(]?\s*([A-D])\b")


@check("target", "off-target")
def target(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a rationale that names neither finding nor level of the target, denies it, or names a finding that is not cited."""
    related = vocabulary().related(item.target.finding)
    said = {mention.finding for mention in find_mentions(normalise(writing.rationale).text)}
    named = bool(said & related) or item.target.level in levels_in([writing.rationale])
    denied = any(
        statement.negated and statement.finding in related and statement.levels in ((), (item.target.level,))
        for statement in find_statements(writing.rationale)
    )
    strange = said - related - findings_said(cited_texts(item, writing))
    other = any(letter != item.answer for letter in LETTER.findall(writing.rationale))
    return ["off-target"] if not named or denied or strange or other else []
