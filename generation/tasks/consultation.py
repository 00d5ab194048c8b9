"""Consultation: patient and doctor in turn, the patient first; the doctor's last turn is the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.items import Kind, PlannedItem
from generation.samples import Said, Speaker
from generation.tasks import schemas
from generation.tasks.facts import shown_facts
from generation.tasks.reading import Written, read_text
from generation.tasks.settings import FEWEST_EXCHANGES, GenerationSettings
from generation.tasks.task import task
from generation.tasks.writing_task import WritingTask

TURN = (15, 140)


@task(Kind.CONSULTATION)
class Consultation(WritingTask):
    """The task of `Kind.CONSULTATION`; an exchange is a turn of the patient and one of the doctor."""

    def given(self, item: PlannedItem) -> Mapping[str, Any]:
        """Show the facts that the doctor may state, the target first."""
        return {"facts": shown_facts(item)}

    def fields(self, item: PlannedItem, settings: GenerationSettings) -> Mapping[str, Any]:
        """Ask for one field a turn: an open list of turns would let a model talk on."""
        turn = schemas.text(TURN, item.language, settings)
        return {name: turn for exchange in _exchanges(settings.exchanges) for name in exchange}

    def read(self, item: PlannedItem, content: Mapping[str, Any], where: str) -> Written:
        """Read as many exchanges as there are; three at least."""
        there = 2 + sum(name.startswith("question_") for name in content)
        turns: list[Said] = []
        for asked, answered in _exchanges(max(there, FEWEST_EXCHANGES)):
            turns.append(Said(role=Speaker.PATIENT, text=read_text(content, asked, where)))
            turns.append(Said(role=Speaker.DOCTOR, text=read_text(content, answered, where)))
        return Written(turns=tuple(turns))


def _exchanges(number: int) -> list[tuple[str, str]]:
    """Return the fields of each exchange, the patient's and the doctor's; their names tell a small model what to write.

    >>> _exchanges(3)
    [('complaint', 'finding'), ('question_1', 'answer_1'), ('request', 'plan')]
    """
    between = [(f"question_{n}", f"answer_{n}") for n in range(1, number - 1)]
    return [("complaint", "finding"), *between, ("request", "plan")]
