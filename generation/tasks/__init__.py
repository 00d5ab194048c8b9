"""Tasks: what is asked of a model for an item, and what becomes of its answers. One file a kind; all of it is pure."""

from generation.items import PlannedItem
from generation.requests import ModelAnswer, ModelRequest
from generation.samples import Draft, Revision
from generation.tasks import mcq
from generation.tasks.mcq import parse_draft, parse_revision
from generation.tasks.settings import GenerationSettings, small_model_profile
from generation.tasks.task import Task, task, task_for

__all__ = [
    "GenerationSettings",
    "Task",
    "draft_request",
    "make_draft",
    "make_revision",
    "mcq",
    "parse_draft",
    "parse_revision",
    "revise_request",
    "small_model_profile",
    "task",
    "task_for",
]


def draft_request(item: PlannedItem, settings: GenerationSettings, round_: int = 0) -> ModelRequest:
    """Return what is asked of a model for the first writing of an item."""
    return task_for(item.kind).draft_request(item, settings, round_)


def make_draft(item: PlannedItem, answer: ModelAnswer, request: ModelRequest, seconds: float, host: str) -> Draft:
    """Return the draft that the checks choose of an answer's candidates; one that is not readable is a draft too.

    Raises:
        OutputUnreadable: the answer has no candidate at all.
    """
    return task_for(item.kind).make_draft(item, answer, request, seconds, host)


def revise_request(item: PlannedItem, draft: Draft, settings: GenerationSettings, round_: int = 0) -> ModelRequest:
    """Return what is asked of a model for the second writing of an item."""
    return task_for(item.kind).revise_request(item, draft, settings, round_)


def make_revision(
    item: PlannedItem,
    draft: Draft,
    answer: ModelAnswer,
    request: ModelRequest,
    seconds: float,
    host: str,
    settings: GenerationSettings,
) -> Revision:
    """Return the revision: its wording if it passes the checks, else the draft's if that does, else held with reasons.

    Target, options, answer and level are never touched. With `settings.hold_on_model_verdict` a criterion that the
    reviser says is not met holds the sample too (`criterion:<id>`).

    Raises:
        OutputUnreadable: the answer has no candidate at all.
    """
    return task_for(item.kind).make_revision(item, draft, answer, request, seconds, host, settings)
