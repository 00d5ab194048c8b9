"""Whatever the target: a plain writing passes, one of another level, side, grade or finding does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from plain_samples import EN, ZH, item_of, other_level, said_of, targets, writing_of

from generation.checks import run_checks
from generation.findings import states, vocabulary
from generation.items import Kind, PlannedItem, Target
from generation.sources import Language

OTHERS = {"left": "right"}
SUBJECTS = targets()
EVERY = [(kind, language, source) for kind in Kind for language in (EN, ZH) for source in (EN, ZH)]
OFF = {"wrong-level", "wrong-side", "wrong-grade", "off-target", "answer-off-target", "unsupported-finding"}


def items(target: Target) -> Iterator[PlannedItem]:
    for kind, language, source in EVERY:
        yield item_of(target, kind, language, source)


def _held_for(item: PlannedItem, told: Target) -> tuple[str, ...]:
    return run_checks(item, writing_of(item, told), "stop")


def _label(value: object) -> str:
    return value.finding if isinstance(value, Target) else str(value)


@pytest.mark.parametrize("language", [EN, ZH])
def test_the_evidence_states_each_target(language: Language) -> None:
    assert [target.finding for target in SUBJECTS if not states(target, said_of(target, language))] == []


@pytest.mark.parametrize("target", SUBJECTS, ids=_label)
def test_a_plain_writing_passes(target: Target) -> None:
    held = [(item.kind, item.language, reasons) for item in items(target) if (reasons := _held_for(item, target))]
    assert held == []


@pytest.mark.parametrize("target", SUBJECTS, ids=_label)
def test_another_level_is_held(target: Target) -> None:
    told = target.model_copy(update={"level": other_level(target)})
    assert all("wrong-level" in _held_for(item, told) for item in items(target))


@pytest.mark.parametrize("target", [t for t in SUBJECTS if t.side], ids=_label)
def test_another_side_is_held(target: Target) -> None:
    for side in ("right", "bilateral"):
        told = target.model_copy(update={"side": side})
        assert all("wrong-side" in _held_for(item, told) for item in items(target)), side


@pytest.mark.parametrize("target", [t for t in SUBJECTS if t.grade], ids=_label)
def test_another_grade_is_held(target: Target) -> None:
    assert target.grade is not None
    scale, value = vocabulary().grade(target.grade)
    other = next(f"{scale.id}:{one.id}" for one in scale.values if one.id != value.id)
    told = target.model_copy(update={"grade": other})
    assert all(OFF & set(_held_for(item, told)) for item in items(target))


@pytest.mark.parametrize("target", SUBJECTS, ids=_label)
def test_another_finding_is_held(target: Target) -> None:
    names = vocabulary().alternatives(target.finding, target.level)
    for told in (Target(finding=name, level=target.level) for name in names):
        free = [(i.kind, i.language, i.evidence[1].text) for i in items(target) if not OFF & set(_held_for(i, told))]
        assert free == [], told.finding


@pytest.mark.parametrize("target", [t for t in SUBJECTS if t.side or t.grade], ids=_label)
def test_a_part_of_the_target_is_no_answer(target: Target) -> None:
    """Side and grade belong to an open question's answer, to a report's findings and to what a doctor says."""
    told = target.model_copy(update={"side": None, "grade": None})
    for item in items(target):
        reasons = _held_for(item, told)
        wanted = {Kind.MCQ: set(), Kind.OPEN_QA: {"answer-off-target"}}.get(item.kind, {"off-target"})
        assert set(reasons) == wanted, (item.kind, item.language)


@pytest.mark.parametrize("target", SUBJECTS, ids=_label)
def test_an_open_question_may_not_say_what_it_asks_for(target: Target) -> None:
    for language in (EN, ZH):
        item = item_of(target, Kind.OPEN_QA, language, EN)
        phrase = item.answer
        question = f"Why does the {phrase} hurt the baker?" if language is EN else f"{phrase}为什么会引起疼痛？"
        writing = writing_of(item).model_copy(update={"question": question})
        assert "answer-given-away" in run_checks(item, writing, "stop"), question
