"""Open question: the model writes the question, the steps from evidence to answer, and an answer that states the
target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.items import Kind, PlannedItem
from generation.tasks import schemas
from generation.tasks.reading import Written, read_text
from generation.tasks.settings import GenerationSettings
from generation.tasks.task import task
from generation.tasks.writing_task import WritingTask

QUESTION = (20, 160)
REASONING = (30, 320)
ANSWER = (20, 160)


@task(Kind.OPEN_QA)
class OpenQuestion(WritingTask):
    """The task of `Kind.OPEN_QA`; the steps of the reasoning are the writing's `rationale`."""

    def given(self, item: PlannedItem) -> Mapping[str, Any]:
        """Show the fact that the answer must state."""
        return {"answer": item.answer}

    def fields(self, item: PlannedItem, settings: GenerationSettings) -> Mapping[str, Any]:
        """Ask for the steps, then for the answer that follows from them, then for a question that does not say it."""
        return {
            "rationale": schemas.text(REASONING, item.language, settings),
            "answer": schemas.text(ANSWER, item.language, settings),
            "question": schemas.text(QUESTION, item.language, settings),
        }

    def read(self, item: PlannedItem, content: Mapping[str, Any], where: str) -> Written:
        """Read question, reasoning and answer."""
        return Written(
            question=read_text(content, "question", where),
            rationale=read_text(content, "rationale", where),
            answer=read_text(content, "answer", where),
        )
