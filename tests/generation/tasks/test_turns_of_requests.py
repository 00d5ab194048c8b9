"""What ends an item goes before what begins one, whatever waits in an engine."""

from __future__ import annotations

from generation.items import Kind
from generation.requests import ModelRequest
from generation.tasks import GenerationSettings, task_for
from tests.streams.event_examples import draft, planned_item


def test_a_revision_goes_before_a_draft() -> None:
    item, settings = planned_item(), GenerationSettings()
    task = task_for(Kind.MCQ)
    assert task.revise_request(item, draft(), settings, 0).turn < task.draft_request(item, settings, 0).turn


def test_its_turn_is_no_part_of_what_is_asked() -> None:
    request = ModelRequest(id="a", turns=(), answer_schema={}, max_tokens=1, temperature=0, seed=1)
    assert request.digest() == request.model_copy(update={"turn": 5, "id": "b"}).digest()
    assert request.digest() != request.model_copy(update={"seed": 2}).digest()
