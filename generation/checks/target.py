"""Does the rationale speak of the right option, and of no other finding as if it were there?"""

from __future__ import annotations

from collections.abc import Sequence

from generation.checks.attributes import cited_texts, findings_said, levels_in
from generation.checks.registry import check
from generation.checks.words import LETTER
from generation.findings import find_statements, vocabulary
from generation.findings.surface import find_hinted, find_mentions
from generation.items import PlannedItem
from generation.levels.normal import normalise
from generation.samples import Writing


@check("target", "off-target")
def target(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a rationale that does not name the target's finding (a hint will do beside its level), denies it, or
    names a finding that is not cited."""
    related = vocabulary().related(item.target.finding)
    normal = normalise(writing.rationale).text
    mentions = find_mentions(normal)
    said = {mention.finding for mention in mentions}
    hinted = bool(find_hinted(normal, mentions) & related) and item.target.level in levels_in([writing.rationale])
    named = bool(said & related) or hinted
    denied = any(
        statement.negated and statement.finding in related and statement.levels in ((), (item.target.level,))
        for statement in find_statements(writing.rationale)
    )
    strange = said - related - findings_said(cited_texts(item, writing))
    other = any(letter != item.answer for letter in LETTER.findall(writing.rationale))
    return ["off-target"] if not named or denied or strange or other else []
