"""Open questions: a statement of the document, asked for without options."""

from __future__ import annotations

from collections.abc import Iterator

from generation.findings import render
from generation.planning.content import Asked, Content, axis_of, name_of
from generation.planning.statements import find_places
from generation.planning.windows import window_of


def open_questions(asked: Asked) -> Iterator[Content]:
    """Give an item a statement, variant by variant; the variants of a statement show different sentences."""
    places = find_places(asked.document, asked.language)
    taken: set[tuple[str, tuple[str, ...]]] = set()
    for variant in range(asked.settings.variants):
        for target, passage, sentence in places:
            key = f"{asked.source.version}|{name_of(target)}|{variant}|0"
            window = window_of(passage, sentence, asked.settings.window, variant, key)
            look = (name_of(target), tuple(shown.id for shown in window))
            if look not in taken:
                taken.add(look)
                answer = render(target, asked.language)
                yield Content(target, passage.heading_path, window, axis_of(target), answer)
