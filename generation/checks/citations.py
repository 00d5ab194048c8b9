"""Is the target stated by what is cited?"""

from __future__ import annotations

from collections.abc import Sequence

from generation.checks.grounds import cited_texts
from generation.checks.registry import check
from generation.findings import states
from generation.items import PlannedItem
from generation.samples import Writing


@check("citations", "uncited")
def citations(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a sample that cites nothing, what is not in its evidence, or no sentence that states the target."""
    known = {sentence.id for sentence in item.evidence}
    if not writing.citations or not known.issuperset(writing.citations):
        return ["uncited"]
    return [] if any(states(item.target, text) for text in cited_texts(item, writing)) else ["uncited"]
