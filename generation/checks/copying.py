"""Did the model write, or copy and loop?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from generation.checks.grounds import evidence_texts
from generation.checks.registry import EXAM, PROSE, check
from generation.checks.words import HAN, longest_run, words
from generation.items import PlannedItem
from generation.samples import Speaker, Writing
from generation.sources import Language

COPIED_SHARE = 0.85
"""A question of which so much is one run of words of a sentence is a copy of it."""
SHORTEST_COPY = 6
"""Words; shorter runs are ordinary phrases."""
SHORTEST_HAN_COPY = 12
"""The same in Chinese characters."""
QUESTION_RUN = 3
"""A run of so many words that a question has twice is a loop."""
RATIONALE_RUN = 5
"""The same for a rationale or an answer, which may name the finding twice."""
PROSE_RUN = 9
"""The same for a turn or a part of a report, which may name finding, side and level twice."""
HAN_RUN = 3
"""So many times the run is that of Chinese characters, of which a word has two or three."""
DOUBLED = frozenset(["had", "that"])
"""Words that may stand twice in a row."""
SAID_TWICE = DOUBLED | {"no", "yes", "very", "bye", "so"}
"""The same in prose."""
FEWEST_DISTINCT = 0.45
"""Share of distinct words below which a text of 12 words or more turns in circles; of Chinese characters half of it."""
LONG = 80
"""Words; of a longer text a smaller share may be distinct, by the root of its length (Heaps' law, roughly)."""
SAME_TURN = 4
"""Words of a turn that nobody says twice; shorter ones are `Yes.` and `Thank you.`."""
STUTTER = re.compile(r"([\u3400-\u9fff]{3,})\1|([\u3400-\u9fff])\2\2")


@check("copied", "copied", kinds=EXAM)
def copied(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question that is a sentence of the source with a question mark; a rationale may restate one."""
    question = words(writing.question)
    for sentence in evidence_texts(item):
        run = longest_run(question, words(sentence))
        if run >= _shortest(writing.question) and run >= COPIED_SHARE * len(question):
            return ["copied"]
    return []


@check("copied", "copied", kinds=PROSE)
def recited(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a consultation whose patient recites a whole sentence of the source; a report may restate one."""
    for said in writing.turns:
        spoken = words(said.text) if said.role is Speaker.PATIENT else []
        for sentence in map(words, evidence_texts(item)) if spoken else ():
            run = longest_run(spoken, sentence)
            if run >= _shortest(said.text) and run >= COPIED_SHARE * max(len(spoken), len(sentence)):
                return ["copied"]
    return []


@check("repetitive", "repetitive", kinds=EXAM)
def repetitive(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold text that loops, and a rationale or an answer that only says another text again."""
    question, *others = (words(text) for text in (writing.question, writing.rationale, writing.answer))
    loops = _loops_in_chinese if item.language is Language.ZH else _loops
    looping = loops(question, QUESTION_RUN) or any(loops(text, RATIONALE_RUN) for text in others)
    return ["repetitive"] if looping or _same([question, *others], 1) else []


@check("repetitive", "repetitive", kinds=PROSE)
def rambling(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a turn or a part that loops, and a turn that is said again."""
    texts = [words(text) for text in writing.texts().values()]
    turns = [words(said.text) for said in writing.turns]
    loops = _loops_in_chinese if item.language is Language.ZH else _rambles
    return ["repetitive"] if any(loops(text, PROSE_RUN) for text in texts) or _same(turns, SAME_TURN) else []


def _shortest(text: str) -> int:
    return SHORTEST_HAN_COPY if HAN.search(text) else SHORTEST_COPY


def _same(texts: Sequence[list[str]], shortest: int) -> bool:
    """Say whether two texts of so many words or more are the same."""
    counted = Counter(tuple(text) for text in texts if len(text) >= shortest)
    return any(times > 1 for times in counted.values())


def _loops(text: list[str], run: int) -> bool:
    """Say whether a word stands twice in a row, or a run of words twice anywhere."""
    doubled = any(one == other and one not in DOUBLED for one, other in pairwise(text))
    return doubled or _circles(text, FEWEST_DISTINCT) or _twice(text, run)


def _rambles(text: list[str], run: int) -> bool:
    """Say the same of prose, in which `no, no` is said, and no run of words follows on itself."""
    doubled = any(one == other and one not in SAID_TWICE for one, other in pairwise(text))
    stutters = any(
        text[at : at + length] == text[at + length : at + 2 * length]
        for length in range(2, run)
        for at in range(len(text) - 2 * length + 1)
    )
    return doubled or stutters or _circles(text, FEWEST_DISTINCT) or _twice(text, run)


def _loops_in_chinese(text: list[str], run: int) -> bool:
    """Say the same of Chinese, whose characters stand in pairs without harm."""
    return bool(STUTTER.search("".join(text))) or _circles(text, FEWEST_DISTINCT / 2) or _twice(text, HAN_RUN * run)


def _circles(text: list[str], fewest: float) -> bool:
    """Say whether too few words are distinct; the longer a text, the more of them come again by themselves."""
    expected = fewest * min(1.0, (LONG / (len(text) or 1)) ** 0.5)
    return len(text) >= 12 and len(set(text)) < expected * len(text)


def _twice(text: list[str], run: int) -> bool:
    seen: set[tuple[str, ...]] = set()
    for at in range(len(text) - run + 1):
        part = tuple(text[at : at + run])
        if part in seen:
            return True
        seen.add(part)
    return False
