"""From a document to its plan. The same source version, settings and code give the same plan, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

from generation.findings import render
from generation.ids import item_id, plan_id
from generation.items import Axis, Kind, Option, Plan, PlannedItem, Role, Target
from generation.planning.distractors import choose, possible_distractors
from generation.planning.draw import shuffled
from generation.planning.settings import PlanSettings
from generation.planning.statements import Place, find_places
from generation.planning.windows import evidence_of, levels_of, support_of, window_of
from generation.sources import Document, Language, SourceRef

PLAN_VERSION = "1"
"""Raised with every change that alters what a document is asked."""
LETTERS = "ABCD"
TRIES = 4
"""How often another choice is tried before a statement gives no further variant."""


def make_plan(
    source: SourceRef,
    document: Document,
    kind: Kind = Kind.MCQ,
    language: Language = Language.EN,
    settings: PlanSettings | None = None,
) -> Plan:
    """Return the plan of a document; one in another language than the document's has no items.

    Every statement gives its first item before any gives a second, so that `variants` adds slots at the end.
    """
    settings = settings or PlanSettings()
    plan = plan_id(source.version, PLAN_VERSION, kind, language)
    choices = _choices(source, document, settings) if document.language is language else iter(())
    items: list[PlannedItem] = []
    for place, key, options, variant in choices:
        slot = len(items)
        if slot == settings.max_items:
            break
        window = window_of(place.passage, place.sentence, settings.window, variant, key)
        items.append(
            PlannedItem(
                id=item_id(source.version, PLAN_VERSION, kind, language, slot),
                source=source,
                plan=plan,
                plan_version=PLAN_VERSION,
                slot=slot,
                kind=kind,
                language=language,
                axis=_axis(options),
                heading_path=place.passage.heading_path,
                evidence=evidence_of(window),
                support=support_of(place.target, window),
                target=place.target,
                levels=levels_of(window),
                options=options,
                answer=next(option.id for option in options if option.role is Role.ANSWER),
            )
        )
    return Plan(id=plan, source=source, plan_version=PLAN_VERSION, kind=kind, language=language, items=tuple(items))


def _choices(
    source: SourceRef, document: Document, settings: PlanSettings
) -> Iterator[tuple[Place, str, tuple[Option, ...], int]]:
    """Give place, key, options and variant of each item, variant by variant."""
    sentences = tuple(sentence.plain for passage in document.passages for sentence in passage.sentences)
    places = find_places(document)
    possible = [possible_distractors(place.target, sentences) for place in places]
    taken: set[tuple[object, ...]] = set()
    for variant in range(settings.variants):
        for place, wrongs in zip(places, possible, strict=True):
            for attempt in range(TRIES):
                key = f"{source.version}|{_name(place.target)}|{variant}|{attempt}"
                chosen = choose(wrongs, key)
                if chosen is None:
                    break
                window = window_of(place.passage, place.sentence, settings.window, variant, key)
                claims = frozenset(_name(wrong) for _, wrong in chosen)
                look = (_name(place.target), claims, tuple(sentence.id for sentence in window))
                if look not in taken:
                    taken.add(look)
                    yield place, key, _options(place.target, chosen, key, document.language), variant
                    break


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


def _axis(options: tuple[Option, ...]) -> Axis:
    levels = [option for option in options if option.role is Role.ADJACENT_LEVEL]
    return Axis.LEVEL_IDENTIFICATION if len(levels) > 1 else Axis.PATHOLOGY


def _name(target: Target) -> str:
    return f"{target.finding}|{target.level}|{target.side}|{target.grade}"
