"""The facts of an item as templates show them."""

from __future__ import annotations

from generation.findings import render
from generation.items import Fact, PlannedItem


def shown_facts(item: PlannedItem) -> list[dict[str, str]]:
    """Return `{id, text}` of every fact, the target first: a sentence that states it, and its words in the item's
    language."""
    facts = item.facts or (Fact(target=item.target, support=item.support),)
    return [{"id": fact.support[0], "text": render(fact.target, item.language)} for fact in facts]
