"""Is it written at all: present, whole, asked where it is a question, and in the item's language?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.checks.language import is_in
from generation.checks.registry import CHOICE, OPEN, PROSE, check
from generation.checks.words import HAN, words
from generation.items import PlannedItem
from generation.samples import Writing
from generation.sources import Language

SHORTEST_QUESTION = 4
"""Words; fewer ask nothing about a source."""
SHORTEST_RATIONALE = 4
"""Words; fewer explain nothing."""
SHORTEST_ANSWER = 2
"""Words, of which a finding's name may be one and its level the other; of Chinese characters as well."""

NEVER_LAST = words(
    "a an the and or but as that which this these those its his her their into between because when while who whose if"
)
LAST_IN_QUESTIONS = words("of in on at to for with by from is are was were be been not no show shows showed")
DANGLING = frozenset([*NEVER_LAST, *LAST_IN_QUESTIONS])
"""Words on which no English rationale ends."""
DANGLING_QUESTION = frozenset(NEVER_LAST)
"""A question may end on a verb or a preposition (`what is it a sign of?`)."""
DANGLING_SPOKEN = frozenset(words("a an the and or but its their your my our into because whose"))
"""In speech one may end on most words (`I am afraid of that.`)."""
DANGLING_CHINESE = re.compile(r"(?:[和与及或于把被]|以及|因为|并且|而且|由于|为了)[，、：]?$")
ENDS = ("?", "？", ".", "!", "。", "！")
CLOSING = "\"”’'）)」』"
ASKED = ("?", "？")
CODES = ("empty", "cut-off", "not-a-question")


@check("form", *CODES, kinds=CHOICE)
def form(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question or rationale that is missing, ends in the middle or asks nothing."""
    question, rationale = writing.question.strip(), writing.rationale.strip()
    missing = _short(question, SHORTEST_QUESTION, item.language) or _short(rationale, SHORTEST_RATIONALE, item.language)
    cut = finish == "length" or _question_cut(question) or _cut(rationale, DANGLING)
    return _reasons(missing, cut, question)


@check("form", *CODES, kinds=OPEN)
def open_form(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold the same of an open question, and an answer that is missing or ends in the middle; it may be a bare noun
    phrase."""
    question, rationale, answer = writing.question.strip(), writing.rationale.strip(), writing.answer.strip()
    missing = (
        _short(question, SHORTEST_QUESTION, item.language)
        or _short(rationale, SHORTEST_RATIONALE, item.language)
        or _short(answer, SHORTEST_ANSWER, item.language)
    )
    cut = finish == "length" or _question_cut(question) or _cut(rationale, DANGLING) or _dangles(answer, DANGLING)
    return _reasons(missing, cut, question)


@check("form", *CODES, kinds=PROSE)
def prose_form(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a consultation or a report with nothing in it, a turn without a word, or a text that ends in the middle."""
    texts = tuple(writing.texts().values())
    missing = not texts or any(not words(said.text) for said in writing.turns)
    cut = finish == "length" or any(_cut(text.strip().rstrip(CLOSING), DANGLING_SPOKEN) for text in texts)
    return _reasons(missing, cut, "")


@check("language", "wrong-language")
def language(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold text that is not in the item's language."""
    asked = ("question", "rationale")
    right = all(is_in(item.language, text, spoken=name not in asked) for name, text in writing.texts().items())
    return [] if right else ["wrong-language"]


def _reasons(missing: bool, cut: bool, question: str) -> list[str]:
    asked = not question or question.endswith(ASKED)
    return [code for code, holds in zip(CODES, (missing, cut, not asked), strict=True) if holds]


def _short(text: str, shortest: int, item_language: Language) -> bool:
    if item_language is Language.ZH:
        return len(HAN.findall(text)) < shortest
    return len(words(text)) < shortest


def _question_cut(text: str) -> bool:
    return _cut(text, DANGLING_QUESTION)


def _cut(text: str, dangling: frozenset[str]) -> bool:
    """Say whether a text has no stop or a last word that asks for another; an empty one is not cut."""
    return bool(text) and (not text.endswith(ENDS) or _dangles(text, dangling))


def _dangles(text: str, dangling: frozenset[str]) -> bool:
    """Say whether the last word asks for another; of a Chinese text the last characters."""
    last = (words(text) or [""])[-1]
    return last in dangling or bool(DANGLING_CHINESE.search(text.rstrip("。？！.?!" + CLOSING)))
