"""How a target is worded without its level, so that a question can ask for the level."""

from __future__ import annotations

from generation.findings import render, vocabulary
from generation.items import Target
from generation.sources import Language


def described(target: Target, language: Language) -> str:
    """Return a target's words without its level, as they stand inside a sentence.

    >>> described(Target(finding="disc_extrusion", level="L4/L5", side="left"), Language.EN)
    'the left-sided disc extrusion'
    """
    phrase = render(target, language)
    if language is Language.ZH:
        return phrase.removeprefix(target.level).strip().removeprefix("水平")
    phrase = phrase.removesuffix(f" at {target.level}")
    return f"the {_begins(target)}{phrase[1:]}"


def _begins(target: Target) -> str:
    """The first letter of the English words inside a sentence: that of `Genant` stays large."""
    words = vocabulary()
    if target.grade:
        return words.grade(target.grade)[1].render.en[0]
    return target.side[0] if target.side else words.finding(target.finding).name.en[0]
