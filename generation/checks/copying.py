"""Did the model write, or copy and loop?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from generation.checks.registry import check
from generation.checks.words import longest_run, words
from generation.items import PlannedItem
from generation.samples import Writing

COPIED_SHARE = 0.85
"""A question of which so much is one run of words of a sentence is a copy of it."""
SHORTEST_COPY = 6
"""Words; shorter runs are ordinary phrases."""
LOOP_WORDS = 3
"""A run of so many words that is written three times is a loop."""
FEWEST_DISTINCT = 0.45
"""Share of distinct words below which a text of 12 words or more turns in circles."""


@check("copied", "copied")
def copied(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question that is a sentence of the source with a question mark; a rationale may restate one."""
    question = words(writing.question)
    for sentence in item.evidence:
        run = longest_run(question, words(sentence.text))
        if run >= SHORTEST_COPY and run >= COPIED_SHARE * len(question):
            return ["copied"]
    return []


@check("repetitive", "repetitive")
def repetitive(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold text that loops, and a rationale that only says the question again."""
    question, rationale = words(writing.question), words(writing.rationale)
    if _loops(question) or _loops(rationale) or (question and question == rationale):
        return ["repetitive"]
    return []


def _loops(text: list[str]) -> bool:
    runs = Counter(tuple(text[at : at + LOOP_WORDS]) for at in range(len(text) - LOOP_WORDS + 1))
    if runs and max(runs.values()) >= 3:
        return True
    longer = Counter(tuple(text[at : at + 6]) for at in range(len(text) - 5))
    if longer and max(longer.values()) >= 2:
        return True
    if any(one == other == third for one, other, third in zip(text, text[1:], text[2:], strict=False)):
        return True
    return len(text) >= 12 and len(set(text)) < FEWEST_DISTINCT * len(text)
