"""Multiple choice: a statement of the document among three wrong options that no sentence of it makes true."""

from __future__ import annotations

from collections.abc import Iterator

from generation.findings import render
from generation.items import Axis, Option, Role, Target
from generation.planning.content import Asked, Content, axis_of, name_of
from generation.planning.distractors import Wrongs, choose, possible_distractors, said_by_level
from generation.planning.draw import shuffled
from generation.planning.statements import Place, find_places
from generation.planning.windows import window_of
from generation.sources import Language

LETTERS = "ABCD"
TRIES = 4
"""How often another choice is tried before a statement gives no further variant."""


def multiple_choice(asked: Asked) -> Iterator[Content]:
    """Give an item a statement, variant by variant: every statement gives its first before any gives a second."""
    places = find_places(asked.document, asked.language)
    said = said_by_level(asked.document)
    possible = [possible_distractors(place.target, said) for place in places]
    taken: set[tuple[object, ...]] = set()
    for variant in range(asked.settings.variants):
        for place, wrongs in zip(places, possible, strict=True):
            content = _content(asked, place, wrongs, variant, taken)
            if content is not None:
                yield content


def _content(
    asked: Asked, place: Place, wrongs: Wrongs, variant: int, taken: set[tuple[object, ...]]
) -> Content | None:
    """Return the first choice of options and window that is not taken, and take it."""
    target, name = place.target, name_of(place.target)
    for attempt in range(TRIES):
        key = f"{asked.source.version}|{name}|{variant}|{attempt}"
        chosen = choose(wrongs, key)
        if chosen is None:
            return None
        window = window_of(place.passage, place.sentence, asked.settings.window, variant, key)
        claims = frozenset(name_of(wrong) for _, wrong in chosen)
        look = (name, claims, tuple(sentence.id for sentence in window))
        if look not in taken:
            taken.add(look)
            options = _options(target, chosen, key, asked.language)
            answer = next(option.id for option in options if option.role is Role.ANSWER)
            return Content(target, place.passage.heading_path, window, _axis(target, options), answer, options)
    return None


def _options(
    target: Target, chosen: tuple[tuple[Role, Target], ...], key: str, language: Language
) -> tuple[Option, ...]:
    """Return the answer and its distractors in an order that the key decides, lettered."""
    claims = [(Role.ANSWER, target), *chosen]
    texts = {render(claim, language): (role, claim) for role, claim in claims}
    return tuple(
        Option(id=letter, text=text, role=texts[text][0], claim=texts[text][1])
        for letter, text in zip(LETTERS, shuffled(texts, f"{key}|order"), strict=True)
    )


def _axis(target: Target, options: tuple[Option, ...]) -> Axis:
    axis = axis_of(target)
    levels = [option for option in options if option.role is Role.ADJACENT_LEVEL]
    return Axis.LEVEL_IDENTIFICATION if axis is Axis.PATHOLOGY and len(levels) > 1 else axis
