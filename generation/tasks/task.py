"""The registry of tasks: a kind of sample is added by adding one file with a `WritingTask`."""

from __future__ import annotations

from typing import TypeVar

from generation.errors import GenerationError
from generation.items import Kind
from generation.tasks.writing_task import WritingTask

TaskClass = TypeVar("TaskClass", bound=type[WritingTask])
_TASKS: dict[Kind, WritingTask] = {}


class task:  # noqa: N801 - a decorator
    """Register a class as the task of a kind of sample."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def __call__(self, cls: TaskClass) -> TaskClass:
        """Register `cls`; a kind has one task."""
        if self.kind in _TASKS:
            raise GenerationError(f"kind {self.kind} has a task already ({type(_TASKS[self.kind]).__name__})")
        _TASKS[self.kind] = cls()
        return cls


def task_for(kind: Kind) -> WritingTask:
    """Return the task of a kind.

    Raises:
        GenerationError: no task is registered for it.
    """
    try:
        return _TASKS[kind]
    except KeyError:
        raise GenerationError(f"no task writes samples of kind {kind!r}; known: {', '.join(_TASKS)}") from None
