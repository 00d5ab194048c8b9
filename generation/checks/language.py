"""Is a text in a language? A telling share of its words or characters, and no long run of another script."""

from __future__ import annotations

import re

from generation.checks.words import HAN, words
from generation.levels import find_levels
from generation.sources import Language

FUNCTION_WORDS = frozenset(
    words(
        "the a an of in on at to is are was were which what where how who with and for from that has had by this it did"
    )
)
SPOKEN_WORDS = FUNCTION_WORDS | frozenset(
    words(
        "i you we they your my our us not yes if be been have can may should would there here please left right disc"
        " discs nerve spine back leg mild moderate severe seen shown surgery treatment after before without level"
    )
)
"""A turn, an answer or a line of a report may do without the small words that a question has."""
FEWEST_WORDS = 6
"""Of so many words one is a function word in English."""
FOREIGN = re.compile(r"[^\x00-\x7f\u00b0-\u00ff\u2010-\u2026]")
NOT_CHINESE = re.compile(r"[\u0370-\u06ff\u3040-\u30ff\uac00-\ud7af]")
"""Greek to Arabic, kana and hangul."""
FEWEST_HAN = 0.6
"""Share of Chinese characters among the letters of a Chinese text, levels and abbreviations left out."""
ABBREVIATION = re.compile(
    r"(?<![A-Za-z])(?:[A-Z]{1,6}\d?[a-z]?|[XT]\d?|Pfirrmann|Modic|Schmorl|Meyerding|Genant|Cobb|Chance|Lasegue|Hoffmann"
    r"|Babinski|Frankel|Asia|Jefferson|Denis|Kummell|mm|cm|ml|mg|kg|vs|m|h|d|i{1,3}|iv|v)(?![A-Za-z])"
)
"""Latin letters that a Chinese text has of itself: abbreviations in capitals, names of scales and signs, units."""
LONG_LATIN = re.compile(r"[A-Za-z]{4,}|[A-Za-z]+[ \t-]+[A-Za-z]+")
LATIN = re.compile(r"[A-Za-z]")


def is_english(text: str, *, spoken: bool = False) -> bool:
    """Say whether a text is English; `spoken` texts and notes may be short of articles and prepositions."""
    if FOREIGN.search(text):
        return False
    said = words(text)
    return len(said) < FEWEST_WORDS or not (SPOKEN_WORDS if spoken else FUNCTION_WORDS).isdisjoint(said)


def is_chinese(text: str) -> bool:
    """Say whether a text is Chinese.

    >>> is_chinese("MRI显示L4/L5椎间盘脱出，Pfirrmann IV级。"), is_chinese("显示椎间盘脱出 disc extrusion。")
    (True, False)
    """
    plain = list(text)
    for mention in find_levels(text):
        plain[mention.start : mention.end] = "，" * (mention.end - mention.start)
    rest = ABBREVIATION.sub("，", "".join(plain))
    han = len(HAN.findall(text))
    foreign = LONG_LATIN.search(rest) or NOT_CHINESE.search(rest)
    if not text.strip():
        return True
    return han > 0 and not foreign and han >= FEWEST_HAN * (han + len(LATIN.findall(rest)))


def is_in(language: Language, text: str, *, spoken: bool = False) -> bool:
    """Say whether a text is in a language."""
    return is_chinese(text) if language is Language.ZH else is_english(text, spoken=spoken)
