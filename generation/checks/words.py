"""Text as the checks compare it: lower-case words without punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LETTER = re.compile(
    r"\b(?:[Aa]nswer|[Oo]ption|[Cc]hoice)(?:\s+is)?\s*[:(]?\s*([A-D])\b|(?:选项|答案)[是为:：]?\s*([A-D])"
)
"""An option named by its letter: `Answer: B`, `option C`, `选项C`."""
WORD = re.compile(r"[a-z0-9]+(?:['/-][a-z0-9]+)*|[\u3400-\u9fff]")
HAN = re.compile(r"[\u3400-\u9fff]")


def words(text: str) -> list[str]:
    """Return the words of a text, lower-case; a Chinese character is a word.

    >>> words("Which disc, at L4/L5?")
    ['which', 'disc', 'at', 'l4/l5']
    """
    return WORD.findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))


def letters(text: str) -> list[str]:
    """Return the letters by which a text names options.

    >>> letters("Answer: B, not option C; 答案是D。")
    ['B', 'C', 'D']
    """
    return [latin or chinese for latin, chinese in LETTER.findall(text)]


def longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words in a row the two have in common, at most."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(other):
        places.setdefault(word, []).append(place)
    best = 0
    ending: dict[int, int] = {}
    for word in one:
        ending = {place: ending.get(place - 1, 0) + 1 for place in places.get(word, ())}
        if ending:
            best = max(best, *ending.values())
    return best
