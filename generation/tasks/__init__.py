"""Tasks: what is asked of a model for an item, and what becomes of its answers. One file a kind; all of it is pure.

A kind is added by adding a file with a `WritingTask` under `@task(Kind…)` and importing it here.
"""

from generation.tasks import consultation, mcq, open_qa, report
from generation.tasks.pictures import with_pictures
from generation.tasks.settings import GenerationSettings, small_model_profile
from generation.tasks.task import task, task_for
from generation.tasks.writing_task import WritingTask

__all__ = [
    "GenerationSettings",
    "WritingTask",
    "consultation",
    "mcq",
    "open_qa",
    "report",
    "small_model_profile",
    "task",
    "task_for",
    "with_pictures",
]
