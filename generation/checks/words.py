"""Text as the checks compare it: lower-case words without punctuation."""

from __future__ import annotations

import re
import unicodedata

LETTER = re.compile(r"\b(?:[Aa]nswer|[Oo]ption|[Cc]hoice)(?:\s+is)?\s*[:(]?\s*([A-D])\b")
"""An option named by its letter: `Answer: B`, `option C`."""
WORD = re.compile(r"[a-z0-9]+(?:['/-][a-z0-9]+)*|[\u3400-\u9fff]")


def words(text: str) -> list[str]:
    """Return the words of a text, lower-case; a Chinese character is a word.

    >>> words("Which disc, at L4/L5?")
    ['which', 'disc', 'at', 'l4/l5']
    """
    return WORD.findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))


def longest_run(one: list[str], other: list[str]) -> int:
    """Return how many words in a row the two have in common, at most."""
    best = 0
    row = [0] * (len(other) + 1)
    for left in one:
        previous = 0
        for column, right in enumerate(other, start=1):
            kept = row[column]
            row[column] = previous + 1 if left == right else 0
            best = max(best, row[column])
            previous = kept
    return best
