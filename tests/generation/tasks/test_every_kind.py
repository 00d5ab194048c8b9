"""What holds for every kind in both languages: requests, reading, settling and correcting by the same base."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from task_samples import SETTINGS, answer, draft_of, fullest, item_of

from generation.checks import run_checks
from generation.criteria import load_criteria
from generation.errors import OutputUnreadable
from generation.items import Kind, PlannedItem
from generation.prompts import load_prompt
from generation.sources import Language
from generation.tasks import WritingTask, task_for


@pytest.fixture(params=[(kind, language) for kind in Kind for language in Language], ids=lambda p: "-".join(p))
def item(request: pytest.FixtureRequest) -> PlannedItem:
    return item_of(*request.param)


def task_of(item: PlannedItem) -> WritingTask:
    task = task_for(item.kind)
    assert isinstance(task, WritingTask)
    return task


def test_requests_are_made_from_the_item_alone(item: PlannedItem) -> None:
    task = task_of(item)
    request = task.draft_request(item, SETTINGS, 1)
    again = task.draft_request(item, SETTINGS, 1)
    assert (request, request.digest()) == (again, again.digest())
    assert request.id == f"{item.id}/draft/1"
    assert request.answer_schema["properties"]["level"]["enum"] == list(item.levels)
    assert list(request.answer_schema["properties"])[:2] == ["level", "citations"]
    assert all(sentence.text in request.turns[-1].text for sentence in item.evidence)
    revision = task.revise_request(item, draft_of(item, "{"), SETTINGS, 1)
    assert "level" not in revision.answer_schema["properties"]
    assert list(revision.answer_schema["properties"])[-2:] == ["citations", "verdicts"]
    for one in (request, revision):
        Draft202012Validator.check_schema(one.answer_schema)
        assert [turn.role for turn in one.turns][:1] == ["system"]
        assert one.turns[-1].role == "user"


def test_every_answer_of_the_schema_can_be_read(item: PlannedItem) -> None:
    task = task_of(item)
    request = task.draft_request(item, SETTINGS)
    whole = fullest(request.answer_schema, "x")
    Draft202012Validator(request.answer_schema).validate(whole)
    writing = task.parse(item, json.dumps(whole))
    assert writing.texts()
    assert writing.level == whole["level"]
    draft = draft_of(item, json.dumps(whole))
    schema = task.revise_request(item, draft, SETTINGS).answer_schema
    assert task.parse(item, json.dumps(fullest(schema, "x")), "L1").level == "L1"
    for name in request.answer_schema["required"]:
        with pytest.raises(OutputUnreadable, match=item.id):
            task.parse(item, json.dumps({key: value for key, value in whole.items() if key != name}))


def test_the_solved_examples_follow_the_schema(item: PlannedItem) -> None:
    task = task_of(item)
    draft = draft_of(item, "{")
    for stage, schema in (
        ("draft", task.draft_request(item, SETTINGS).answer_schema),
        ("revise", task.revise_request(item, draft, SETTINGS).answer_schema),
    ):
        for example in load_prompt(f"{item.kind}_{stage}", item.language).examples:
            assert list(example.answer) == list(schema["properties"])
            for name, part in schema["properties"].items():
                if part["type"] == "string" and "enum" not in part:
                    assert part["minLength"] <= len(example.answer[name]) <= part["maxLength"]
        if stage == "revise":
            judged = [criterion.id for criterion in load_criteria(item.kind).judged_by_model()]
            assert list(example.answer["verdicts"]) == judged


def test_nonsense_is_held_corrected_once_and_still_held(item: PlannedItem) -> None:
    task = task_of(item)
    draft = draft_of(item, json.dumps(fullest(task.draft_request(item, SETTINGS).answer_schema, "x")))
    assert draft.reasons == run_checks(item, draft.parsed, "stop") != ()
    request = task.revise_request(item, draft, SETTINGS)
    raw = json.dumps(fullest(request.answer_schema, "x"))
    revision = task.make_revision(item, draft, answer(raw), request, 1.0, "h", SETTINGS)
    assert revision.reasons
    assert [v.criterion for v in revision.verdicts] == [c.id for c in load_criteria(item.kind).criteria]
    again = task.correct_request(item, revision, request, SETTINGS)
    assert again is not None
    after = task.correct(item, draft, revision, answer(raw), again, 1.0, "h", SETTINGS)
    assert after.model_copy(update={"corrected": None}) == revision
