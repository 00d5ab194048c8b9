"""The training stage on the real store: one run a request, told again when its record comes again, and withdrawals."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from pymongo import AsyncMongoClient

from actors.adapters import fetch_adapter
from generation.dataset import SnapshotRow, manifest_of
from streams import topics
from streams.blobs import BlobStore
from streams.broker import Position
from streams.delivery import Delivery
from streams.events import Event
from streams.loop import StageFailed
from streams.model_payloads import AdapterMade, RunEnd, RunEnded, SnapshotMade
from streams.outcomes import Done
from streams.payloads import SourceWithdrawn
from streams.sources import Sources
from tests.training.tiny_model import quick, row, rows
from training.adapter_record import AdapterState
from training.lora import Job, Tell, train_here
from training.registry import Registry
from training.run import RunState
from training.runs import Runs
from training.stage import TrainStage
from training.trainer import Trainer, TrainerParts


@dataclass
class Place:
    """A trainer on a database of its own, which trains in this process."""

    parts: TrainerParts
    launched: list[str]

    @property
    def stage(self) -> TrainStage:
        """A stage as after a start of the role."""
        return TrainStage(Trainer(self.parts))

    async def snapshot(self, samples: tuple[SnapshotRow, ...], request: str = "trigger-1") -> SnapshotMade:
        """Freeze samples."""
        digest = await self.parts.blobs.put(manifest_of(samples))
        simulated = any(one.simulated for one in samples)
        return SnapshotMade(snapshot=digest, request=request, card=digest, samples=len(samples), simulated=simulated)

    async def told(self, made: SnapshotMade) -> list[Any]:
        """Hand the stage the event of a snapshot; return the payloads it emits."""
        return await _handled(self.stage, _snapshot_event(made))


def _snapshot_event(made: SnapshotMade) -> Event:
    return topics.SNAPSHOTS.event(made, key=made.snapshot, subject=made.snapshot, source="store", detail=made.request)


async def _handled(stage: TrainStage, event: Event) -> list[Any]:
    headers = tuple(event.headers())
    one = Delivery(Position(event.topic, 0, 0), event.key.encode(), event.value, headers, 1)
    [(_, outcome)] = [pair async for pair in stage.handle([one])]
    assert isinstance(outcome, Done), outcome
    return [topics.REGISTRY[emitted.topic].read(emitted) for emitted in outcome.emit]


@pytest.fixture
def on_place(
    mongodb_url: str, mongo_db: str, redis_url: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Place], Awaitable[None]]], None]:
    """Run an async test with a trainer."""
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "cache"))
    launched: list[str] = []

    def launch(job: Job, tell: Tell, stop: threading.Event) -> Path:
        launched.append(job.folder.name)
        return train_here(job, tell, stop)

    def run(test: Callable[[Place], Awaitable[None]]) -> None:
        async def go() -> None:
            async with (
                AsyncMongoClient[dict[str, Any]](mongodb_url) as client,
                redis.asyncio.from_url(redis_url) as cache,
            ):
                database, blobs = client[mongo_db], BlobStore(str(tmp_path / "blobs"))
                parts = TrainerParts(
                    runs=Runs(database),
                    registry=Registry(database),
                    sources=Sources(database, blobs),
                    blobs=blobs,
                    redis=cache,
                    settings=quick(tiny_model, init_from="champion", epochs=1),
                    folder=tmp_path / "training",
                    launch=launch,
                )
                for owner in (parts.runs, parts.registry, parts.sources):
                    await owner.prepare()
                await test(Place(parts, launched))

        asyncio.run(go())

    return run


def test_a_snapshot_becomes_one_adapter_however_often_it_is_told(on_place: Any) -> None:
    async def test(place: Place) -> None:
        made = await place.snapshot(rows(8))
        first = await place.told(made)
        assert await place.told(made) == first, "a redelivered record"
        ended, candidate = first
        assert isinstance(ended, RunEnded)
        assert isinstance(candidate, AdapterMade)
        assert (ended.end, ended.run, ended.snapshot, ended.adapter) == (
            *(RunEnd.TRAINED, candidate.run, made.snapshot),
            candidate.adapter.name,
        )
        assert (candidate.parent, candidate.champion, candidate.simulated) == ("", None, False)
        assert len(place.launched) == 1
        fetched = await fetch_adapter(place.parts.blobs, candidate.adapter)
        assert fetched.name == candidate.adapter.name
        run = await place.parts.runs.get(candidate.run)
        assert (run.state, run.samples, run.new, run.attempts) == (RunState.TRAINED, 8, 8, 1)
        assert (run.course.step, run.course.steps, len(run.course.losses)) == (2, 2, 2)
        assert run.course.tokens_per_second > 0
        assert not list(place.parts.folder.iterdir()), "its folder is gone"

    on_place(test)


def test_a_run_that_was_killed_before_it_told_of_itself_is_found(on_place: Any) -> None:
    async def test(place: Place) -> None:
        made = await place.snapshot(rows(8))

        def killed(job: Job, tell: Tell, stop: threading.Event) -> Path:
            train_here(job, tell, stop)
            raise ConnectionError("the store went away")

        away = TrainStage(Trainer(replace(place.parts, launch=killed)))
        with pytest.raises(ConnectionError):
            await _handled(away, _snapshot_event(made))
        [open_one] = await place.parts.runs.latest()
        assert open_one.state is RunState.RUNNING
        ended, candidate = await place.told(made)
        assert ended.run == candidate.run == open_one.id
        assert len(await place.parts.runs.latest()) == 1
        assert len(await place.parts.registry.listed()) == 1
        assert (await place.parts.runs.get(open_one.id)).attempts == 2

    on_place(test)


def test_the_next_run_goes_on_from_the_champion_and_replays_a_share(on_place: Any) -> None:
    async def test(place: Place) -> None:
        parts = place.parts
        _, first = await place.told(await place.snapshot(rows(8)))
        await parts.registry.promote(first.adapter, who="gate", why="better")
        _, second = await place.told(await place.snapshot((*rows(8), *rows(9, 8, source="atlas")), "trigger-2"))
        assert (second.parent, second.champion) == (first.adapter.name, first.adapter)
        found = await parts.registry.get(second.adapter.name)
        assert (found.card.new, found.card.replayed, found.ancestors) == (9, 3, (first.adapter.name,))
        assert found.sources == ("atlas", "guide")
        nothing_new, *rest = await place.told(await place.snapshot(rows(8)[:6], "trigger-3"))
        assert (nothing_new.end, rest) == (RunEnd.REFUSED, [])
        assert "0 samples that" in nothing_new.why

    on_place(test)


def test_what_is_not_trained_on(on_place: Any) -> None:
    async def test(place: Place) -> None:
        assert await place.told(await place.snapshot(rows(8), "dataset:1")) == []
        few, *rest = await place.told(await place.snapshot(rows(3)))
        assert (few.end, rest) == (RunEnd.REFUSED, [])
        assert "3 samples in the snapshot, and a run needs 4" in few.why
        none = await place.told(await place.snapshot((), "trigger-2"))
        assert [one.end for one in none] == [RunEnd.REFUSED]
        assert place.launched == []

    on_place(test)


def test_the_same_run_asked_for_anew_is_not_trained_twice(on_place: Any) -> None:
    async def test(place: Place) -> None:
        _, first = await place.told(await place.snapshot(rows(8)))
        again = await place.snapshot(rows(8), "trigger-2")
        [told] = await place.told(again)
        assert (told.end, told.run, told.adapter) == (RunEnd.REFUSED, first.run, first.adapter.name)
        assert "trigger-1" in told.why
        assert await place.told(again) == [told]
        assert len(place.launched) == 1

    on_place(test)


def test_a_refused_run_is_tried_again_for_whoever_asks_anew(on_place: Any) -> None:
    async def test(place: Place) -> None:
        [few] = await place.told(await place.snapshot(rows(3)))
        lower = place.parts.settings.model_copy(update={"min_samples": 1})
        asked = await place.snapshot(rows(3), "train:1")
        await place.parts.runs.ask("train:1", _snapshot_event(asked), lower, "me")
        ended, candidate = await place.told(asked)
        assert (ended.end, ended.run, candidate.run) == (RunEnd.TRAINED, few.run, few.run)

    on_place(test)


def test_settings_of_one_s_own_and_parents_that_do_not_fit(on_place: Any, tmp_path: Path) -> None:
    async def test(place: Place) -> None:
        parts = place.parts
        _, first = await place.told(await place.snapshot(rows(8)))
        wanted = {
            "train:rank": ({"rank": 4, "init_from": first.adapter.name}, "rank, alpha and targets"),
            "train:nobody": ({"init_from": "spine@nobody"}, "no adapter is called"),
            "train:model": ({"model": str(tmp_path / "none")}, "neither a folder nor"),
        }
        for request, (changes, told) in wanted.items():
            made = await place.snapshot(rows(8), request)
            settings = parts.settings.model_copy(update=changes)
            await parts.runs.ask(request, _snapshot_event(made), settings, "me")
            [ended] = await place.told(made)
            assert ended.end is RunEnd.REFUSED
            assert told in ended.why
        assert len(place.launched) == 1

    on_place(test)


def test_what_cannot_be_computed_has_failed_and_says_so(on_place: Any) -> None:
    async def test(place: Place) -> None:
        def broken(job: Job, tell: Tell, stop: threading.Event) -> Path:
            raise ValueError("a patient's words, which are not repeated")

        made = await place.snapshot(rows(8))
        [ended] = await _handled(TrainStage(Trainer(replace(place.parts, launch=broken))), _snapshot_event(made))
        assert (ended.end, "ValueError" in ended.why, "patient" in ended.why) == (RunEnd.FAILED, True, False)
        missing = SnapshotMade(snapshot="0" * 64, request="trigger-9", card="0" * 64, samples=9, simulated=False)
        [gone] = await place.told(missing)
        assert (gone.end, "blob store" in gone.why) == (RunEnd.FAILED, True)

    on_place(test)


def test_a_ray_that_does_not_start_is_no_fault_of_the_run(on_place: Any) -> None:
    async def test(place: Place) -> None:
        def none(job: Job, tell: Tell, stop: threading.Event) -> Path:
            raise StageFailed("Ray did not start on this machine")

        made = await place.snapshot(rows(8))
        with pytest.raises(StageFailed):
            await _handled(TrainStage(Trainer(replace(place.parts, launch=none))), _snapshot_event(made))
        [run] = await place.parts.runs.latest()
        assert run.state is RunState.RUNNING
        ended, _ = await place.told(made)
        assert (ended.end, ended.run) == (RunEnd.TRAINED, run.id)

    on_place(test)


def test_simulated_decisions_mark_the_adapter_and_its_children(on_place: Any) -> None:
    async def test(place: Place) -> None:
        marked = (*rows(7), row(7, simulated=True))
        _, first = await place.told(await place.snapshot(marked))
        await place.parts.registry.promote(first.adapter, who="gate", why="better")
        _, second = await place.told(await place.snapshot((*rows(7), *rows(8, 8)), "trigger-2"))
        assert (first.simulated, second.simulated) == (True, True)

    on_place(test)


def test_a_withdrawal_marks_runs_and_adapters_before_and_after(on_place: Any) -> None:
    async def test(place: Place) -> None:
        parts = place.parts
        _, first = await place.told(await place.snapshot((*rows(8), *rows(4, 8, source="atlas"))))
        await parts.sources.withdraw("atlas", "me", "not ours", None)
        withdrawn = SourceWithdrawn(source_id="atlas", who="me", when="2026-01-01", why="not ours")
        event = topics.WITHDRAWALS.event(withdrawn, key="atlas", subject="atlas", source="front-door")
        assert await _handled(place.stage, event) == []
        [(record, state)] = await parts.registry.listed()
        assert (record.tainted, state) == (("atlas",), AdapterState.TAINTED)
        assert (await parts.runs.get(first.run)).tainted == ("atlas",)
        # A snapshot that was frozen before: its rows of the source are left out.
        _, second = await place.told(await place.snapshot((*rows(9), *rows(4, 9, source="atlas")), "trigger-2"))
        found = await parts.registry.get(second.adapter.name)
        assert (found.sources, found.tainted, found.card.samples) == (("guide",), (), 9)

    on_place(test)


def test_a_source_withdrawn_while_it_is_trained_on_is_not_overlooked(on_place: Any) -> None:
    async def test(place: Place) -> None:
        loop = asyncio.get_running_loop()

        def withdraws(job: Job, tell: Tell, stop: threading.Event) -> Path:
            done = asyncio.run_coroutine_threadsafe(place.parts.sources.withdraw("guide", "me", "not ours", None), loop)
            assert done.result(10)
            return train_here(job, tell, stop)

        stage = TrainStage(Trainer(replace(place.parts, launch=withdraws)))
        _, made = await _handled(stage, _snapshot_event(await place.snapshot(rows(8))))
        assert (await place.parts.registry.get(made.adapter.name)).tainted == ("guide",)

    on_place(test)


def test_a_role_that_leaves_stops_the_run_at_its_next_step(on_place: Any) -> None:
    async def test(place: Place) -> None:
        begun, released = threading.Event(), threading.Event()

        def slow(job: Job, tell: Tell, stop: threading.Event) -> Path:
            begun.set()
            assert stop.wait(20)
            released.set()
            return train_here(job, tell, stop)

        stage = TrainStage(Trainer(replace(place.parts, launch=slow)))
        task = asyncio.create_task(_handled(stage, _snapshot_event(await place.snapshot(rows(8)))))
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert released.is_set()
        [run] = await place.parts.runs.latest()
        assert run.state is RunState.RUNNING

    on_place(test)
