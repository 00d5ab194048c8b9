"""What a task is, and the registry of tasks: a kind of sample is added by adding one file."""

from __future__ import annotations

from typing import Protocol, TypeVar

from generation.errors import GenerationError
from generation.items import Kind, PlannedItem
from generation.requests import ModelAnswer, ModelRequest
from generation.samples import Draft, Revision
from generation.tasks.settings import GenerationSettings


class Task(Protocol):
    """Turns an item into requests, and answers into a draft and a revision. Every method is pure."""

    def draft_request(self, item: PlannedItem, settings: GenerationSettings, round_: int) -> ModelRequest:
        """Return what is asked of a model for the first writing."""

    def make_draft(
        self, item: PlannedItem, answer: ModelAnswer, request: ModelRequest, seconds: float, host: str
    ) -> Draft:
        """Return the draft that the checks choose of an answer's candidates."""

    def revise_request(
        self, item: PlannedItem, draft: Draft, settings: GenerationSettings, round_: int
    ) -> ModelRequest:
        """Return what is asked of a model for the second writing."""

    def make_revision(
        self,
        item: PlannedItem,
        draft: Draft,
        answer: ModelAnswer,
        request: ModelRequest,
        seconds: float,
        host: str,
        settings: GenerationSettings,
    ) -> Revision:
        """Return the revision: its wording if it passes the checks, else the draft's if that does, else held.

        Target, options, answer and level are never touched. With `settings.hold_on_model_verdict` a criterion that the
        reviser says is not met holds the sample too (`criterion:<id>`). What a model of random weights wrote is always
        held (`random-weights`).
        """

    def correct_request(
        self, item: PlannedItem, revision: Revision, request: ModelRequest, settings: GenerationSettings
    ) -> ModelRequest | None:
        """Return the corrective turn: the chat of `request`, what was answered, and what the checks found wrong.

        None when the revision is not held, when nothing a model writes could mend it, or when settings allow none.
        """

    def correct(
        self,
        item: PlannedItem,
        draft: Draft,
        revision: Revision,
        answer: ModelAnswer,
        request: ModelRequest,
        seconds: float,
        host: str,
        settings: GenerationSettings,
    ) -> Revision:
        """Return the revision after its corrective turn: what was answered if it passes the checks, else the first
        revision with its reasons; `corrected` tells who answered."""


TaskClass = TypeVar("TaskClass", bound=type)
_TASKS: dict[Kind, Task] = {}


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


def task_for(kind: Kind) -> Task:
    """Return the task of a kind.

    Raises:
        GenerationError: no task is registered for it.
    """
    try:
        return _TASKS[kind]
    except KeyError:
        raise GenerationError(f"no task writes samples of kind {kind!r}; known: {', '.join(_TASKS)}") from None
