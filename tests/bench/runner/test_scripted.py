"""The answerer without a model: seeded, right as often as it is told to be, and marked."""

from __future__ import annotations

import asyncio

import pytest

from bench.runner.answerer import Answered, Method
from bench.runner.scripted import ScriptedAnswerer
from bench.runner.settings import ScriptedAnswering
from tests.bench.items.examples import item

ITEMS = [item(number) for number in range(2000)]


def _share(settings: ScriptedAnswering, method: Method = Method.LIKELIHOOD, adapter: str = "") -> float:
    told = _answers(settings, method, adapter)
    return sum(one.option == asked.answer for one, asked in zip(told, ITEMS, strict=True)) / len(ITEMS)


def _answers(settings: ScriptedAnswering, method: Method = Method.LIKELIHOOD, adapter: str = "") -> list[Answered]:
    return asyncio.run(ScriptedAnswerer(settings, adapter).answer(method, ITEMS))


def test_it_guesses_unless_it_is_told_to_be_right() -> None:
    assert _share(ScriptedAnswering()) == pytest.approx(0.25, abs=0.04)
    assert _share(ScriptedAnswering(right=0.8)) == pytest.approx(0.8, abs=0.04)
    assert _share(ScriptedAnswering(right=1.0)) == 1.0
    assert _share(ScriptedAnswering(right=0.0)) == 0.0
    assert _share(ScriptedAnswering(right=1.0), Method.BLIND) == pytest.approx(0.25, abs=0.04)


def test_an_adapter_may_answer_otherwise() -> None:
    settings = ScriptedAnswering(right=0.3, adapted=0.9)
    assert _share(settings, adapter="spine@000000000001") == pytest.approx(0.9, abs=0.04)
    assert _share(settings) == pytest.approx(0.3, abs=0.04)


def test_the_same_seed_gives_the_same_answers_and_another_others() -> None:
    assert _answers(ScriptedAnswering(seed=4)) == _answers(ScriptedAnswering(seed=4))
    assert _answers(ScriptedAnswering(seed=4)) != _answers(ScriptedAnswering(seed=5))


def test_some_constrained_answers_are_unreadable_if_asked_for() -> None:
    settings = ScriptedAnswering(unreadable=0.2)
    lost = sum(one.option is None for one in _answers(settings, Method.CHOICE))
    assert lost / len(ITEMS) == pytest.approx(0.2, abs=0.04)
    assert all(one.option for one in _answers(settings, Method.LIKELIHOOD))


def test_it_says_that_no_model_answers() -> None:
    weights = ScriptedAnswerer(ScriptedAnswering(), "spine@000000000001").weights
    assert (weights.scripted, weights.model, weights.adapter) == (True, "scripted", "spine@000000000001")
    assert weights.digest != ScriptedAnswerer(ScriptedAnswering(), "").weights.digest
