"""The wording of an option: a noun phrase made from the vocabulary, never by a model."""

from __future__ import annotations

from generation.findings.vocabulary import Structure, vocabulary
from generation.items import Target
from generation.levels import is_disc
from generation.sources import Language

_SIDES = {
    Language.EN: {"left": "left-sided", "right": "right-sided", "bilateral": "bilateral", "central": "central"},
    Language.ZH: {"left": "左侧", "right": "右侧", "bilateral": "双侧", "central": "中央型"},
}


def _parts(target: Target, language: Language) -> list[str]:
    """Grade, side and name, in this order, without what the target has not."""
    words = vocabulary()
    parts = [words.grade(target.grade)[1].render.of(language)] if target.grade else []
    parts += [_SIDES[language][target.side]] if target.side else []
    return [*parts, words.finding(target.finding).name.of(language)]


def _zh_place(target: Target) -> str:
    """`水平` where what is beside a vertebra is named by it: `T2水平脊髓信号改变` cannot be read as a T2 image."""
    beside = vocabulary().finding(target.finding).structure in (Structure.CANAL, Structure.ALIGNMENT)
    return "水平" if beside and not is_disc(target.level) else ""


def render(target: Target, language: Language | str) -> str:
    """The noun phrase of a target; raises VocabularyError for an unknown finding or grade.

    >>> render(Target(finding="disc_extrusion", level="L4/L5", side="left"), "en")
    'Left-sided disc extrusion at L4/L5'
    >>> render(Target(finding="disc_extrusion", level="L4/L5", side="left"), "zh")
    'L4/L5左侧椎间盘脱出'
    """
    language = Language(language)
    parts = _parts(target, language)
    if language is Language.EN:
        phrase = f"{' '.join(parts)} at {target.level}"
        return phrase[0].upper() + phrase[1:]
    phrase = _zh_place(target) + "".join(parts)
    gap = " " if phrase[0].isascii() else ""
    return f"{target.level}{gap}{phrase}"
