"""Tasks: what is asked of a model for an item, and what becomes of its answers. One file a kind; all of it is pure."""

from generation.tasks import mcq
from generation.tasks.mcq import parse_draft, parse_revision
from generation.tasks.settings import GenerationSettings, small_model_profile
from generation.tasks.task import Task, task, task_for

__all__ = [
    "GenerationSettings",
    "Task",
    "mcq",
    "parse_draft",
    "parse_revision",
    "small_model_profile",
    "task",
    "task_for",
]
