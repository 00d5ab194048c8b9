"""Does a question of an exam leave something to say, or is it answered by yes or no?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.checks.registry import EXAM, check
from generation.items import PlannedItem
from generation.samples import Writing

AUXILIARY = re.compile(
    r"^(?:and |but |so |then )?"
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)(?:n['’]t)?\b",
    re.IGNORECASE,
)
INTERROGATIVE = re.compile(r"\b(?:which|what|where|who|whose|whom|when|why|how)\b|\bor\b", re.IGNORECASE)
"""A word that asks for more than yes, or alternatives to choose between."""
POLAR_CHINESE = re.compile(r"[吗么][？?]|是否|有无|有没有|是不是|能否|可否|能不能|会不会")
ASKS_CHINESE = re.compile(r"哪|什么|何|谁|几|多少|怎|还是|多[大高长严]")
ENDS = re.compile(r"[.!]\s+|[。！]")
"""Where a sentence before the question ends."""
CLAUSES = re.compile(r"[,;:，；：]\s*")


@check("asking", "yes-or-no", kinds=EXAM)
def asking(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question that yes or no answers: it has nothing to choose by, and nothing to reason to."""
    asked = ENDS.split(writing.question.strip())[-1]
    if INTERROGATIVE.search(asked) or ASKS_CHINESE.search(asked):
        return []
    english = any(AUXILIARY.match(clause) for clause in CLAUSES.split(asked))
    return ["yes-or-no"] if english or POLAR_CHINESE.search(asked) else []
