"""How far a run has come, as the store keeps it."""

from __future__ import annotations

import asyncio
from typing import Any

from training.lora import Step
from training.recorder import Recorder
from training.run import Phase, Run, RunState, run_id
from training.runs import POINTS, course_of

SHA = "ab" * 32


def _run(**changes: Any) -> Run:
    told = {"id": "run-1", "request": "trigger-1", "snapshot": SHA, "settings": {}, "config": SHA, "model": "tiny"}
    marks = {"model_digest": SHA, "state": RunState.RUNNING, "simulated": False, "begun": "", "updated": ""}
    return Run.model_validate({**told, **marks, **changes})


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    losses = {step: 1 / step for step in range(1, 1002)}
    found = course_of(Step(1001, 2000, losses[1001], 50_000, 100.0), losses)
    assert len(found.losses) <= POINTS
    assert found.losses[-1] == (1001, losses[1001])
    assert list(found.losses) == sorted(found.losses)
    assert (found.step, found.steps, found.tokens_per_second) == (1001, 2000, 500.0)


def test_a_short_curve_is_kept_whole() -> None:
    losses = {1: 3.0, 2: 2.0}
    assert course_of(Step(2, 4, 2.0, 10, 0.0), losses).losses == ((1, 3.0), (2, 2.0))
    assert course_of(Step(2, 4, 2.0, 10, 0.0), losses).tokens_per_second == 0.0


class _Store:
    """Hears what a recorder tells."""

    def __init__(self) -> None:
        self.told: list[tuple[Step, dict[int, float]]] = []

    async def tell(self, run: str, step: Step, losses: dict[int, float]) -> None:
        self.told.append((step, losses))


def test_a_resumed_run_tells_some_steps_again() -> None:
    async def go() -> list[tuple[Step, dict[int, float]]]:
        store, course = _Store(), {"losses": ((1, 3.0), (2, 2.0), (3, 1.5)), "step": 3}
        recorder = Recorder(store, _run(course=course))  # type: ignore[arg-type]
        async with recorder.telling():
            recorder.hear(Step(2, 4, 2.1, 10, 1.0))
        async with recorder.telling():
            pass
        return store.told

    assert asyncio.run(go()) == [(Step(2, 4, 2.1, 10, 1.0), {1: 3.0, 2: 2.1})]


def test_a_run_is_named_by_snapshot_configuration_and_parent() -> None:
    names = {run_id(SHA, SHA, ""), run_id(SHA, SHA, "spine@1"), run_id(SHA, "cd" * 32, ""), run_id("cd" * 32, SHA, "")}
    assert len(names) == 4
    assert run_id(SHA, SHA, "") == run_id(SHA, SHA, "")


def test_a_run_is_over_when_it_has_ended() -> None:
    assert [_run(state=state).over for state in RunState] == [False, True, True, True]
    assert _run().phase is Phase.PREPARING
