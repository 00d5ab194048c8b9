"""Draft and revise with the scripted engine: one call a result, one result an item, whatever dies or races."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from pymongo import AsyncMongoClient
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway

from actors.claims import Claims
from actors.engines import RequestFailed, ScriptedSettings
from actors.engines.scripted import ScriptedEngine
from actors.results import StageResults, result_key
from actors.stages import STAGES, DraftStage, GenerationStage, ReviseStage, StageParts
from actors.usage import Usage, Used
from generation.items import PlannedItem
from generation.requests import ModelAnswer, ModelRequest
from generation.tasks import GenerationSettings
from streams import topics
from streams.blobs import BlobStore
from streams.dependencies import as_dependency_down
from streams.events import Event
from streams.loop import StageFailed
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import ItemDrafted, ItemPlanned
from streams.sources import Sources
from tests.streams.conftest import Bench, on_bench, until  # noqa: F401 - a fixture
from tests.streams.event_examples import delivery, draft, planned_item

SETTINGS = GenerationSettings(draft_candidates=1, revision_candidates=1, corrective_turns=0)


def answer(request: ModelRequest, index: int) -> str:
    """Write what both prompts ask for."""
    return orjson.dumps(
        {
            "level": "L4/L5",
            "question": "Which finding do the images show?",
            "rationale": "The images show a disc extrusion.",
            "citations": ["p1s1"],
            "verdicts": {},
        }
    ).decode()


class Asked:
    """An engine that counts what it is asked and does something around an answer."""

    def __init__(
        self,
        script: Callable[[ModelRequest, int], str] = answer,
        after: Callable[[], Awaitable[object]] | None = None,
        latency_s: float = 0.0,
    ) -> None:
        self._engine = ScriptedEngine(ScriptedSettings(latency_s=latency_s), script)
        self._after = after
        self.card = self._engine.card
        self.calls: Counter[str] = Counter()

    async def generate(self, request: ModelRequest, images: object = None) -> ModelAnswer:
        self.calls[request.id] += 1
        found = await self._engine.generate(request)
        if self._after:
            await self._after()
        return found

    def die(self) -> None:
        self._engine.die("killed by a test")


class AwayAfter(Claims):
    """Claims whose Redis is away from the moment there is an answer."""

    async def _release_group(self, releases: Any) -> Any:
        raise RedisAway("away")


class AwayBefore(Claims):
    """Claims whose Redis is away."""

    async def _take_group(self, keys: Any) -> Any:
        raise RedisAway("away")


class Workshop:
    """What the stages of one or several workers share."""

    def __init__(self, database: Any, redis: Redis, folder: Path) -> None:
        self.results = StageResults(database)
        self.stored = database["stage_results"]
        self.blobs = BlobStore(str(folder))
        self.sources = Sources(database, self.blobs)
        self.usage = Usage(redis)
        self.prefix = f"t{uuid.uuid4().hex}:"
        self._redis = redis

    def claims(self, kind: type[Claims] = Claims) -> Claims:
        return kind(self._redis, uuid.uuid4().hex, self.prefix)

    async def forget_claims(self) -> None:
        """Lose what Redis holds of them."""
        for key in await self._redis.keys(f"{self.prefix}*"):
            await self._redis.delete(key)

    def stage(
        self, kind: type[GenerationStage] = DraftStage, engine: Any = None, claims: Any = None
    ) -> GenerationStage:
        """Return a stage of a worker of its own."""
        return kind(
            StageParts(
                engine=engine or Asked(),
                results=self.results,
                sources=self.sources,
                blobs=self.blobs,
                usage=self.usage,
                claims=claims or self.claims(),
                settings=SETTINGS,
                in_flight=16,
            )
        )

    async def withdraw(self) -> None:
        await self.sources.withdraw("guide", "an editor", "an error", None)


@pytest.fixture
def at(
    mongodb_url: str, mongo_db: str, redis_url: str, tmp_path: Path
) -> Callable[[Callable[[Workshop], Awaitable[None]]], None]:
    """Run a check in a workshop."""

    def run(check: Callable[[Workshop], Awaitable[None]]) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority") as client, Redis.from_url(redis_url) as redis:
                await check(Workshop(client[mongo_db], redis, tmp_path))

        asyncio.run(go())

    return run


def planned(slot: int = 0, item: PlannedItem | None = None) -> Event:
    item = item or planned_item(slot)
    return topics.PLANNED.event(ItemPlanned(item=item), key=item.id, subject=item.id, source="plan")


def drafted(round_: int = 0) -> Event:
    item = planned_item()
    return topics.DRAFTED.event(
        ItemDrafted(item=item, draft=draft(round_)), key=item.id, subject=item.id, source="draft", detail=str(round_)
    )


GIVEN: Sequence[tuple[type[GenerationStage], Event]] = ((DraftStage, planned()), (ReviseStage, drafted()))
both = pytest.mark.parametrize(("kind", "given"), GIVEN, ids=["draft", "revise"])


async def outcome_of(stage: GenerationStage, event: Event) -> Outcome:
    [(_, outcome)] = [pair async for pair in stage.handle([delivery(event)])]
    return outcome


def test_the_stages_are_known_by_name_in_the_order_of_the_work() -> None:
    assert [(name, stage.topics) for name, stage in STAGES.items()] == [
        ("read", ("passages",)),
        ("draft", ("planned",)),
        ("revise", ("drafted",)),
    ]


def test_an_item_is_drafted_and_its_draft_revised(at) -> None:
    async def check(shop: Workshop) -> None:
        engine = Asked()
        [told] = (await outcome_of(shop.stage(engine=engine), planned())).emit
        made: ItemDrafted = topics.DRAFTED.read(told)
        assert made.item == planned_item()
        assert made.draft.parsed is not None
        assert (told.topic, told.key, told.subject) == ("drafted", made.item.id, made.item.id)
        assert made.draft.provenance.model == "scripted"
        [revised] = (await outcome_of(shop.stage(ReviseStage, engine), told)).emit
        body = topics.REVISED.read(revised)
        assert (body.item_id, body.source_id) == (made.item.id, "guide")
        assert body.revision.draft_digest == made.draft.digest
        assert set(engine.calls) == {f"{made.item.id}/draft/0", f"{made.item.id}/revise/0"}

    at(check)


@both
def test_a_redelivered_record_gives_the_same_bytes_without_a_second_call(at, kind, given) -> None:
    async def check(shop: Workshop) -> None:
        engine = Asked()
        first = await outcome_of(shop.stage(kind, engine), given)
        before = await shop.usage.used()
        again = await outcome_of(shop.stage(kind, engine), given)
        assert again == first
        assert sum(engine.calls.values()) == 1
        assert (await shop.usage.used()).since(before) == Used()

    at(check)


@both
def test_workers_that_race_for_one_item_emit_the_same_bytes(at, kind, given) -> None:
    async def check(shop: Workshop) -> None:
        engines = [Asked(lambda *_, name=name: f"the answer of {name}", latency_s=0.3) for name in range(3)]
        outcomes = []
        for engine in engines:
            outcomes.append(asyncio.create_task(outcome_of(shop.stage(kind, engine), given)))
            while not engine.calls:
                await asyncio.sleep(0.001)
            await shop.forget_claims()
        first, second, third = await asyncio.gather(*outcomes)
        assert [sum(engine.calls.values()) for engine in engines] == [1, 1, 1], "they did not race"
        assert first == second == third
        assert await shop.stored.count_documents({}) == 1
        assert len(first.emit) == 1

    at(check)


def test_the_first_result_stands_whatever_model_is_live_by_now(at) -> None:
    async def check(shop: Workshop) -> None:
        first = await outcome_of(shop.stage(engine=Asked(lambda *_: "an old answer")), planned())
        later = await outcome_of(shop.stage(engine=Asked(lambda *_: "a newer answer")), planned())
        assert later == first

    at(check)


def test_a_record_that_comes_twice_at_once_is_one_result(at) -> None:
    async def check(shop: Workshop) -> None:
        engine = Asked(latency_s=0.01)
        stage = shop.stage(engine=engine)
        outcomes = await asyncio.gather(*(outcome_of(stage, planned()) for _ in range(5)))
        assert all(one == outcomes[0] for one in outcomes)
        assert sum(engine.calls.values()) == 1
        assert await shop.stored.count_documents({}) == 1

    at(check)


def test_another_round_is_another_result(at) -> None:
    async def check(shop: Workshop) -> None:
        stage = shop.stage(ReviseStage)
        first, second = [await outcome_of(stage, drafted(round_)) for round_ in (0, 1)]
        assert first.emit[0].id != second.emit[0].id
        keys = [result_key(planned_item().id, "revise", round_) for round_ in (0, 1)]
        assert await shop.results.find(keys) == [first.emit[0], second.emit[0]]

    at(check)


def test_an_answer_that_cannot_be_read_is_a_draft_too(at) -> None:
    async def check(shop: Workshop) -> None:
        [told] = (await outcome_of(shop.stage(engine=Asked(lambda *_: "no JSON")), planned())).emit
        made = topics.DRAFTED.read(told).draft
        assert (made.raw, made.parsed) == ("no JSON", None)

    at(check)


@both
def test_a_withdrawn_source_costs_no_call(at, kind, given) -> None:
    async def check(shop: Workshop) -> None:
        await shop.withdraw()
        engine = Asked()
        assert await outcome_of(shop.stage(kind, engine), given) == Done()
        assert not engine.calls
        assert await shop.stored.count_documents({}) == 0

    at(check)


@both
def test_a_withdrawal_after_the_answer_erases_the_result_and_emits_nothing(at, kind, given) -> None:
    async def check(shop: Workshop) -> None:
        engine = Asked(after=shop.withdraw)
        assert await outcome_of(shop.stage(kind, engine), given) == Done()
        assert sum(engine.calls.values()) == 1
        assert await shop.stored.count_documents({}) == 0

    at(check)


@both
def test_a_result_whose_writer_was_killed_before_it_saw_the_withdrawal_is_erased_too(at, kind, given) -> None:
    async def check(shop: Workshop) -> None:
        await outcome_of(shop.stage(kind), given)
        await shop.withdraw()
        engine = Asked()
        assert await outcome_of(shop.stage(kind, engine), given) == Done()
        assert not engine.calls
        assert await shop.stored.count_documents({}) == 0

    at(check)


def test_a_call_is_counted_before_it_is_made_and_tokens_after(at) -> None:
    async def check(shop: Workshop) -> None:
        before = await shop.usage.used()
        seen: list[Used] = []

        async def look() -> None:
            seen.append((await shop.usage.used()).since(before))

        [told] = (await outcome_of(shop.stage(engine=Asked(after=look)), planned())).emit
        assert seen == [Used(calls=1)]
        made = topics.DRAFTED.read(told).draft.provenance
        assert (await shop.usage.used()).since(before) == Used(1, made.prompt_tokens, made.output_tokens)

    at(check)


def test_a_call_that_is_lost_counts_too(at) -> None:
    async def check(shop: Workshop) -> None:
        before = await shop.usage.used()
        engine = Asked()
        engine.die()
        with pytest.raises(StageFailed):
            await outcome_of(shop.stage(engine=engine), planned())
        assert (await shop.usage.used()).since(before) == Used(calls=1)

    at(check)


def test_counters_that_are_away_before_a_call_hold_it_up(at) -> None:
    async def check(shop: Workshop) -> None:
        engine = Asked()
        with pytest.raises(RedisAway) as raised:
            await outcome_of(shop.stage(engine=engine, claims=shop.claims(AwayBefore)), planned())
        assert as_dependency_down(raised.value) is not None
        assert not engine.calls

    at(check)


def test_counters_that_are_away_after_a_call_cost_no_second_one(at) -> None:
    async def check(shop: Workshop) -> None:
        engine = Asked()
        with pytest.raises(RedisAway):
            await outcome_of(shop.stage(engine=engine, claims=shop.claims(AwayAfter)), planned())
        outcome = await outcome_of(shop.stage(engine=engine), planned())
        assert isinstance(outcome, Done)
        assert len(outcome.emit) == 1
        assert sum(engine.calls.values()) == 1

    at(check)


def test_a_request_that_no_engine_can_answer_is_the_items_fault(at) -> None:
    async def check(shop: Workshop) -> None:
        text = "L4/L5 shows a disc extrusion. " * 9000
        long = planned_item().evidence[0].model_copy(update={"text": text})
        item = planned_item().model_copy(update={"evidence": (long,)})
        outcome = await outcome_of(shop.stage(), planned(item=item))
        assert isinstance(outcome, Dead)
        assert outcome.why == "prompt-too-long"
        assert item.id in outcome.message
        assert "disc extrusion" not in outcome.message
        assert await shop.stored.count_documents({}) == 0

    at(check)


def test_an_answer_that_is_too_large_to_travel_is_dead_and_stored_nowhere(at, monkeypatch) -> None:
    async def check(shop: Workshop) -> None:
        given = planned()
        monkeypatch.setattr(topics, "LARGEST_VALUE", len(given.value))
        outcome = await outcome_of(shop.stage(), given)
        assert isinstance(outcome, Dead)
        assert outcome.why == "too-large"
        assert await shop.stored.count_documents({}) == 0

    at(check)


def test_an_event_of_another_stage_is_dead(at) -> None:
    async def check(shop: Workshop) -> None:
        engine = Asked()
        for kind, given in ((DraftStage, drafted()), (ReviseStage, planned())):
            outcome = await outcome_of(shop.stage(kind, engine), given)
            assert isinstance(outcome, Dead)
            assert outcome.why == "not-an-event"
        assert not engine.calls

    at(check)


def test_records_that_come_together_share_their_round_trips(at, monkeypatch) -> None:
    async def check(shop: Workshop) -> None:
        trips: Counter[str] = Counter()
        for name in ("find", "insert_first"):
            ask = getattr(shop.results, name)

            async def counted(given: Any, _ask: Any = ask, _name: str = name) -> Any:
                trips[_name] += 1
                return await _ask(given)

            monkeypatch.setattr(shop.results, name, counted)
        stage = shop.stage(engine=Asked(latency_s=0.05))
        outcomes = await asyncio.gather(*(outcome_of(stage, planned(slot)) for slot in range(30)))
        assert len({one.emit[0].subject for one in outcomes}) == 30
        assert trips["find"] <= 10
        assert trips["insert_first"] <= 10

    at(check)


def test_through_a_loop_a_failing_request_costs_its_item_only(on_bench, redis_url, tmp_path) -> None:  # noqa: F811
    async def check(bench: Bench) -> None:
        bad = planned_item(3).id

        def some(request: ModelRequest, index: int) -> str:
            if request.id.startswith(bad):
                raise RequestFailed("bad-request", f"{request.id}: refused")
            return answer(request, index)

        async with Redis.from_url(redis_url) as redis:
            shop = Workshop(bench.database, redis, tmp_path)
            await bench.publisher.publish([planned(slot) for slot in range(8)])
            loop = bench.start(shop.stage(engine=Asked(some)))
            await until(lambda: loop.counts.done == 7 and loop.counts.dead == 1)
            await bench.stop()
            [letter] = await bench.letters.listed()
            assert (letter["subject"], letter["why"], letter["group"]) == (bad, "bad-request", "draft")
            assert sum(state.end for state in bench.broker.states("revise", ["drafted"]).values()) == 7
            assert bench.broker.lag("draft", ["planned"]) == 0

    on_bench(check)


def test_through_a_loop_a_dead_engine_ends_it_and_another_worker_goes_on(on_bench, redis_url, tmp_path) -> None:  # noqa: F811
    async def check(bench: Bench) -> None:
        async with Redis.from_url(redis_url) as redis:
            shop = Workshop(bench.database, redis, tmp_path)
            await bench.publisher.publish([planned(slot) for slot in range(12)])
            engine, other = Asked(latency_s=0.2), Asked()
            bench.start(shop.stage(engine=engine))
            await until(lambda: sum(engine.calls.values()) == 12)
            engine.die()
            with pytest.raises(StageFailed, match="engine of stage draft is dead"):
                await asyncio.wait_for(bench._tasks[0][0], 30)
            bench._tasks.clear()
            assert await shop.stored.count_documents({}) == 0
            assert bench.broker.lag("draft", ["planned"]) == 12
            assert await bench.letters.listed() == []
            loop = bench.start(shop.stage(engine=other))
            await until(lambda: loop.counts.done == 12)
            await bench.stop()
            assert sum(other.calls.values()) == 12

    on_bench(check)
