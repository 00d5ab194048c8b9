"""Did the model write, or copy and loop?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from generation.checks.registry import check
from generation.checks.words import longest_run, words
from generation.items import PlannedItem
from generation.samples import Writing

COPIED_SHARE = 0.85
"""A question of which so much is one run of words of a sentence is a copy of it."""
SHORTEST_COPY = 6
"""Words; shorter runs are ordinary phrases."""
QUESTION_RUN = 3
"""A run of so many words that a question has twice is a loop."""
RATIONALE_RUN = 5
"""The same for a rationale, which may name the finding twice."""
DOUBLED = frozenset(["had", "that"])
"""Words that may stand twice in a row."""
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
    if _loops(question, QUESTION_RUN) or _loops(rationale, RATIONALE_RUN) or (question and question == rationale):
        return ["repetitive"]
    return []


def _loops(text: list[str], run: int) -> bool:
    """Say whether a word stands twice in a row, or a run of words twice anywhere."""
    runs = Counter(tuple(text[at : at + run]) for at in range(len(text) - run + 1))
    doubled = any(one == other and one not in DOUBLED for one, other in pairwise(text))
    circling = len(text) >= 12 and len(set(text)) < FEWEST_DISTINCT * len(text)
    return doubled or circling or (bool(runs) and max(runs.values()) > 1)
