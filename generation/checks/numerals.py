"""Numbers that a text writes in words: a sample in another language may write them in digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_SPELLED = {word: number for number, word in enumerate(_ENGLISH.split())}
_SPELLED |= {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SPELLED |= {"half": 2, "once": 1, "twice": 2, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_HUNDREDS = {"hundred": 100, "thousand": 1000}
_HAN_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2}
_HAN_NUMBER = re.compile(r"[零一二三四五六七八九两十百]+")
_LATIN_WORD = re.compile(r"[a-z]+")


def spelled_in(text: str) -> Iterator[int]:
    """Give the numbers that English or Chinese words of a text say, Roman numerals to V among them.

    >>> sorted(set(spelled_in("Two hundred metres; a grade II slip")))
    [2, 200]
    """
    before = 0
    for word in _LATIN_WORD.findall(text.lower()):
        if word in _HUNDREDS:
            before = (before or 1) * _HUNDREDS[word]
            yield before
        elif word != "and":
            before = _SPELLED.get(word, 0)
            if word in _SPELLED:
                yield before
    for run in _HAN_NUMBER.findall(text):
        yield _han_value(run)
        yield from (_HAN_DIGITS[digit] for digit in run if digit in _HAN_DIGITS)


def _han_value(run: str) -> int:
    """Return the value of a Chinese number below a thousand.

    >>> _han_value("二十三"), _han_value("十"), _han_value("一百二十")
    (23, 10, 120)
    """
    total = digit = 0
    for sign in run:
        if sign in _HAN_DIGITS:
            digit = _HAN_DIGITS[sign]
        else:
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
    return total + digit
