"""Is it a question and a rationale at all: present, whole, asked, and in the item's language?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.checks.registry import check
from generation.checks.words import words
from generation.items import PlannedItem
from generation.samples import Writing
from generation.sources import Language

SHORTEST_QUESTION = 4
"""Words; fewer ask nothing about a source."""
SHORTEST_RATIONALE = 4
"""Words; fewer explain nothing."""

NEVER_LAST = words(
    "a an the and or but as that which this these those its his her their into between because when while who whose if"
)
LAST_IN_QUESTIONS = words("of in on at to for with by from is are was were be been not no show shows showed")
DANGLING = frozenset([*NEVER_LAST, *LAST_IN_QUESTIONS])
"""Words on which no English rationale ends."""
DANGLING_QUESTION = frozenset(NEVER_LAST)
"""A question may end on a verb or a preposition (`what is it a sign of?`)."""
FUNCTION_WORDS = frozenset(
    words(
        "the a an of in on at to is are was were which what where how who with and for from that has had by this it did"
    )
)
ENDS = ("?", "？", ".", "!", "。", "！")
HAN = re.compile(r"[\u3400-\u9fff]")
FOREIGN = re.compile(r"[^\x00-\x7f\u00b0-\u00ff\u2010-\u2026]")


@check("form", "empty", "cut-off", "not-a-question")
def form(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold what is missing, ends in the middle or asks nothing."""
    question, rationale = writing.question.strip(), writing.rationale.strip()
    reasons = []
    if _empty(question, SHORTEST_QUESTION, item.language) or _empty(rationale, SHORTEST_RATIONALE, item.language):
        reasons.append("empty")
    if finish == "length" or _cut(question, rationale):
        reasons.append("cut-off")
    if question and not question.endswith(("?", "？")):
        reasons.append("not-a-question")
    return reasons


@check("language", "wrong-language")
def language(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold text that is not in the item's language."""
    for text in (writing.question, writing.rationale):
        if item.language is Language.ZH:
            if text.strip() and not HAN.search(text):
                return ["wrong-language"]
        elif FOREIGN.search(text) or _not_english(text):
            return ["wrong-language"]
    return []


def _empty(text: str, shortest: int, item_language: Language) -> bool:
    if item_language is Language.ZH:
        return len(HAN.findall(text)) < shortest
    return len(words(text)) < shortest


def _cut(question: str, rationale: str) -> bool:
    asked = bool(question) and (not question.endswith(ENDS) or _last(question) in DANGLING_QUESTION)
    told = bool(rationale) and (not rationale.endswith(ENDS) or _last(rationale) in DANGLING)
    return asked or told


def _last(text: str) -> str:
    return (words(text) or [""])[-1]


def _not_english(text: str) -> bool:
    spoken = words(text)
    return len(spoken) >= 6 and not FUNCTION_WORDS.intersection(spoken)
