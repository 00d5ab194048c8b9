"""What becomes of an answer: a reading, always; where nothing can be read out of it, one that says so."""

from __future__ import annotations

from generation.errors import OutputUnreadable
from generation.reading.request import prompt_label
from generation.reading.vocabulary import NONE, Vocabulary
from generation.readings import Reading
from generation.requests import ModelAnswer, ModelRequest
from generation.sources import Language
from generation.tasks.provenance import provenance_of
from generation.tasks.reading import read_object

UNREADABLE = "unreadable"


def make_reading(
    vocabulary: Vocabulary,
    language: Language,
    request: ModelRequest,
    answer: ModelAnswer,
    seconds: float,
    host: str,
) -> Reading:
    """Return the reading that an answer gives; `language` is the document's, whose prompt was asked."""
    provenance = provenance_of(
        request, answer, prompt=prompt_label(language), criteria=None, chosen=0, seconds=seconds, host=host
    )
    raw = answer.candidates[0].text if answer.candidates else ""
    try:
        specialty, condition = parse_answer(vocabulary, raw, request.id)
    except OutputUnreadable:
        return unread(vocabulary, UNREADABLE).model_copy(update={"provenance": provenance})
    return Reading(specialty=specialty, condition=condition, vocabulary=vocabulary.label, provenance=provenance)


def unread(vocabulary: Vocabulary, why: str) -> Reading:
    """Return the reading of a source that was not read; plans do without one."""
    return Reading(vocabulary=vocabulary.label, unread=why)


def parse_answer(vocabulary: Vocabulary, raw: str, where: str) -> tuple[str, str | None]:
    """Return the specialty and the condition that a completion says; `where` (ids) names the request in messages.

    A condition beside a specialty that has none is a contradiction: the specialty wins, as the first choice and the
    coarser one, of 7 and not of 14; the condition is dropped.

    Raises:
        OutputUnreadable: it is not the object that was asked for, or an id is not of the vocabulary.
    """
    content = read_object(raw, where)
    specialty, condition = content.get("specialty"), content.get("condition")
    if specialty not in [entry.id for entry in vocabulary.specialties]:
        raise OutputUnreadable(f"{where}: the specialty is none of {vocabulary.label}")
    if condition != NONE and condition not in [entry.id for entry in vocabulary.conditions]:
        raise OutputUnreadable(f"{where}: the condition is none of {vocabulary.label}")
    if condition == NONE or specialty != vocabulary.conditions_of:
        return str(specialty), None
    return str(specialty), str(condition)
