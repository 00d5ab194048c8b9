"""Multiple choice: the model writes a question and a rationale around the plan's target and options."""

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
RATIONALE = (20, 240)


@task(Kind.MCQ)
class MultipleChoice(WritingTask):
    """The task of `Kind.MCQ`."""

    def given(self, item: PlannedItem) -> Mapping[str, Any]:
        """Show the options and the right one."""
        options = {option.id: {"id": option.id, "text": option.text} for option in item.options}
        return {"options": list(options.values()), "answer": options[item.answer]}

    def fields(self, item: PlannedItem, settings: GenerationSettings) -> Mapping[str, Any]:
        """Ask for the rationale first, then for a question that does not say it."""
        return {
            "rationale": schemas.text(RATIONALE, item.language, settings),
            "question": schemas.text(QUESTION, item.language, settings),
        }

    def read(self, item: PlannedItem, content: Mapping[str, Any], where: str) -> Written:
        """Read question and rationale."""
        return Written(question=read_text(content, "question", where), rationale=read_text(content, "rationale", where))
