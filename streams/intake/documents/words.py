"""Word lists that tell sentence ends, headings and hyphens apart; all in small letters."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ABBREVIATIONS = _set(
    "dr mr mrs ms prof st fig figs eq eqs ref refs vs cf approx ca incl resp tab sec chap vol ed eds viz e.g i.e eg ie "
    "p pp ch esp suppl dept"
)
"""Abbreviations that never end a sentence."""
BEFORE_NUMBER = _set("no nos al v")
"""Abbreviations only before a number or bracket: `No. 5`, `et al. (2019)`."""
GRADING = _set(
    "grade grades type types class stage group zone panel category asia ais frankel meyerding pfirrmann schizas modic "
    "vitamin hepatitis part arm plan step subtype score column is was were"
)
"""Words after which a single letter or roman numeral is a value and may end a sentence."""
SMALL_WORDS = _set("a an and as at but by for from in into of on or the to versus via vs with without")
"""Words that a title-case heading writes small."""
FIRST_PARTS = _set(
    "right left high low mid long short well non post pre two three four half full wide self follow weight cross end "
    "multi bone disc burst cord load space contrast fluid fat ill large small single double age cell lower upper"
)
"""First parts of compounds that keep their hyphen at a line's end."""
SECOND_PARTS = _set(
    "weighted sided level levels based free like term enhancing up bearing sectional related grade sparing shaped "
    "sized standing defined plate year month week old occupying suppressed threatening"
)
"""Second parts of such compounds."""
