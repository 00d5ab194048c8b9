"""The read stage with the scripted engine: one call a source, one reading a source, and a document that cannot be read
keeps its items."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from pymongo import AsyncMongoClient
from redis.asyncio import Redis

from actors.claims import Claims
from actors.engines import RequestFailed, ScriptedSettings
from actors.engines.base import NO_IMAGES
from actors.engines.scripted import ScriptedEngine
from actors.engines.scripted_writing import write_plainly
from actors.results import StageResults, result_key
from actors.stages import ReadStage, StageParts
from actors.usage import Usage
from generation.ids import source_version
from generation.planning import PlanSettings
from generation.reading import Vocabulary, packaged_vocabulary
from generation.requests import ModelAnswer, ModelRequest
from generation.sources import Language, SourceRef, Split
from generation.tasks import GenerationSettings
from streams import topics
from streams.blobs import BlobStore
from streams.events import Event
from streams.intake.documents import read_document
from streams.intake.documents.settings import DEFAULT_SETTINGS
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage
from streams.loop import StageFailed
from streams.outbox import Outbox
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import SourceRead, SourceSplit
from streams.sources import Sources
from tests.streams.conftest import Bench, on_bench, until  # noqa: F401 - a fixture
from tests.streams.event_examples import WANTED, delivery

TEXT = b"# The lumbar spine\n\nSagittal images show a left disc extrusion at L4/L5. It was removed."
VERSION = source_version(TEXT)
KEY = result_key(VERSION, "read", 0)
SOURCE = SourceRef(id="guide", version=VERSION, title="A guide", split=Split.TRAIN, media_type="text/markdown")


def says(specialty: str, condition: str) -> Callable[[ModelRequest, int], str]:
    return lambda *_: orjson.dumps({"specialty": specialty, "condition": condition}).decode()


HERNIATION = says("spine", "lumbar_disc_herniation")


class Asked:
    """An engine that counts what it is asked and does something after an answer."""

    def __init__(
        self,
        script: Callable[[ModelRequest, int], str] = HERNIATION,
        after: Callable[[], Awaitable[object]] | None = None,
        **settings: Any,
    ) -> None:
        self.engine = ScriptedEngine(ScriptedSettings(**settings), script)
        self._after = after
        self.card = self.engine.card
        self.calls: Counter[str] = Counter()

    async def generate(self, request: ModelRequest, images: Mapping[str, bytes] = NO_IMAGES) -> ModelAnswer:
        self.calls[request.id] += 1
        found = await self.engine.generate(request, images)
        if self._after:
            await self._after()
        return found


class Room:
    """What read stages share."""

    def __init__(self, database: Any, redis: Redis, folder: Path) -> None:
        self.results = StageResults(database)
        self.stored = database["stage_results"]
        self.blobs = BlobStore(str(folder / "blobs"))
        self.sources = Sources(database, self.blobs)
        self._redis = redis
        self._prefix = f"test-{uuid.uuid4().hex}:"

    def stage(self, engine: Any = None, vocabulary: Vocabulary | None = None) -> ReadStage:
        return ReadStage(
            StageParts(
                engine=engine or Asked(),
                results=self.results,
                sources=self.sources,
                blobs=self.blobs,
                usage=Usage(self._redis),
                claims=Claims(self._redis, uuid.uuid4().hex, self._prefix),
                settings=GenerationSettings(),
                in_flight=16,
                vocabulary=vocabulary or packaged_vocabulary(),
            )
        )

    async def split(self, **changes: Any) -> Event:
        document = read_document(TEXT, SOURCE.media_type, Language.EN, DEFAULT_SETTINGS)
        address = await self.blobs.put(orjson.dumps(document.model_dump(mode="json")))
        told = SourceSplit(source=SOURCE, document=address, language=Language.EN, passages=1, wanted=WANTED)
        return topics.PASSAGES.event(told.model_copy(update=changes), key=VERSION, subject=VERSION, source="intake")

    async def withdraw(self) -> None:
        await self.sources.withdraw("guide", "an editor", "an error", None)


@pytest.fixture
def at(
    mongodb_url: str, mongo_db: str, redis_url: str, tmp_path: Path
) -> Callable[[Callable[[Room], Awaitable[None]]], None]:
    """Run a check in a room."""

    def run(check: Callable[[Room], Awaitable[None]]) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority") as client, Redis.from_url(redis_url) as redis:
                await check(Room(client[mongo_db], redis, tmp_path))

        asyncio.run(go())

    return run


async def outcome_of(stage: ReadStage, event: Event) -> Outcome:
    [(_, outcome)] = [pair async for pair in stage.handle([delivery(event)])]
    return outcome


async def read_of(stage: ReadStage, event: Event) -> SourceRead:
    outcome = await outcome_of(stage, event)
    assert isinstance(outcome, Done)
    [told] = outcome.emit
    read: SourceRead = topics.READINGS.read(told)
    return read


def test_a_source_is_read_and_its_split_goes_along(at) -> None:
    async def check(room: Room) -> None:
        engine, split = Asked(), await room.split()
        outcome = await outcome_of(room.stage(engine), split)
        [told] = outcome.emit
        read = topics.READINGS.read(told)
        assert (told.topic, told.key, told.subject) == ("readings", VERSION, VERSION)
        assert read.split == topics.PASSAGES.read(split)
        assert read.source == SOURCE
        assert (read.reading.specialty, read.reading.condition) == ("spine", "lumbar_disc_herniation")
        assert (read.reading.vocabulary, read.reading.unread) == (packaged_vocabulary().label, "")
        assert read.reading.provenance.model == "scripted"
        assert engine.calls == {f"{VERSION}/read/0": 1}

    at(check)


def test_a_redelivered_source_gives_the_same_bytes_without_a_second_call(at) -> None:
    async def check(room: Room) -> None:
        engine, split = Asked(), await room.split()
        first = await outcome_of(room.stage(engine), split)
        again = await outcome_of(room.stage(engine), split)
        assert again == first
        assert sum(engine.calls.values()) == 1

    at(check)


def test_engines_that_race_for_one_source_tell_one_reading(at) -> None:
    async def check(room: Room) -> None:
        split = await room.split()
        scripts = [says("spine", "scoliosis"), says("spine", "kyphosis"), says("trauma", "none")]
        stages = [room.stage(Asked(script, latency_s=0.02)) for script in scripts]
        found = await asyncio.gather(*(outcome_of(stage, split) for stage in stages))
        assert found[0] == found[1] == found[2]
        assert await room.stored.count_documents({}) == 1

    at(check)


def test_more_that_is_wanted_of_a_source_goes_on_with_the_reading_there_is(at) -> None:
    async def check(room: Room) -> None:
        engine = Asked()
        first = await read_of(room.stage(engine), await room.split())
        more = (*WANTED, WANTED[0].model_copy(update={"language": Language.ZH}))
        later = await read_of(room.stage(engine), await room.split(wanted=more))
        assert later.split.wanted == more
        assert later.reading == first.reading
        assert sum(engine.calls.values()) == 1

    at(check)


@pytest.mark.parametrize(
    ("engine", "why"),
    [
        (lambda: Asked(max_model_len=100), "prompt-too-long"),
        (lambda: Asked(_refuse), "bad-request"),
        (lambda: Asked(lambda *_: "no JSON"), "unreadable"),
        (lambda: Asked(says("dentistry", "none")), "unreadable"),
        (lambda: Asked(says("spine", "toothache")), "unreadable"),
    ],
    ids=["too-long", "refused", "no-json", "no-specialty", "no-condition"],
)
def test_a_source_that_no_engine_can_read_goes_on_unread(at, engine, why) -> None:
    async def check(room: Room) -> None:
        asked, split = engine(), await room.split()
        read = await read_of(room.stage(asked), split)
        assert (read.reading.unread, read.reading.specialty, read.reading.condition) == (why, None, None)
        assert (read.reading.provenance is not None) == (why == "unreadable"), "what answered is told where it did"
        assert read.split == topics.PASSAGES.read(split)
        again = await read_of(room.stage(), split)
        assert again == read, "the first result stands"
        assert sum(asked.calls.values()) == 1

    at(check)


def _refuse(request: ModelRequest, index: int) -> str:
    raise RequestFailed("bad-request", f"{request.id}: refused")


def test_a_dead_engine_is_not_the_sources_fault(at) -> None:
    async def check(room: Room) -> None:
        asked = Asked()
        asked.engine.die("killed by a test")
        with pytest.raises(StageFailed, match="engine of stage read is dead"):
            await outcome_of(room.stage(asked), await room.split())
        assert await room.stored.count_documents({}) == 0

    at(check)


def test_a_withdrawn_source_costs_no_call(at) -> None:
    async def check(room: Room) -> None:
        await room.withdraw()
        engine = Asked()
        assert await outcome_of(room.stage(engine), await room.split()) == Done()
        assert not engine.calls
        assert await room.stored.count_documents({}) == 0

    at(check)


def test_a_withdrawal_after_the_answer_erases_the_reading(at) -> None:
    async def check(room: Room) -> None:
        engine = Asked(after=room.withdraw)
        assert await outcome_of(room.stage(engine), await room.split()) == Done()
        assert sum(engine.calls.values()) == 1
        assert await room.stored.count_documents({}) == 0

    at(check)


def test_the_sweep_of_a_withdrawal_erases_the_reading_too(at) -> None:
    async def check(room: Room) -> None:
        await outcome_of(room.stage(), await room.split())
        assert [one is not None for one in await room.results.find([KEY])] == [True]
        assert await room.results.erase_source("guide") == 1
        assert await room.results.find([KEY]) == [None]

    at(check)


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_document_that_is_not_there_any_more_is_a_reason(at, damage) -> None:
    async def check(room: Room) -> None:
        split, engine = await room.split(), Asked()
        address = topics.PASSAGES.read(split).document
        if damage == "missing":
            room.blobs.erase(address)
        else:
            Path(room.blobs._place(address)).write_bytes(b"other")
        outcome = await outcome_of(room.stage(engine), split)
        assert isinstance(outcome, Dead)
        assert outcome.why == "blob"
        assert not engine.calls
        assert await room.stored.count_documents({}) == 0

    at(check)


def test_an_event_of_another_stage_is_dead(at) -> None:
    async def check(room: Room) -> None:
        read = (await outcome_of(room.stage(), await room.split())).emit[0]
        outcome = await outcome_of(room.stage(), read)
        assert isinstance(outcome, Dead)
        assert outcome.why == "not-an-event"

    at(check)


def test_the_vocabulary_of_the_deployment_is_the_one_that_is_offered(at) -> None:
    async def check(room: Room) -> None:
        packaged = packaged_vocabulary()
        mine = packaged.model_copy(update={"name": "mine", "conditions": packaged.conditions[:2]})
        engine = Asked(says("spine", packaged.conditions[5].id))
        read = await read_of(room.stage(engine, mine), await room.split())
        assert (read.reading.unread, read.reading.vocabulary) == ("unreadable", "mine@1")

    at(check)


def test_from_a_file_to_planned_items_that_carry_the_reading(on_bench, redis_url, tmp_path) -> None:  # noqa: F811
    async def check(bench: Bench) -> None:
        async with Redis.from_url(redis_url) as redis:
            room = Room(bench.database, redis, tmp_path)
            await room.sources.prepare()
            outbox = Outbox(bench.publisher)
            assert await room.sources.register(SOURCE, TEXT, "guide.md", WANTED, outbox, Language.EN)
            engine = Asked(write_plainly)
            bench.start(SplitStage(room.sources, room.blobs))
            bench.start(room.stage(engine))
            plan = bench.start(PlanStage(room.sources, room.blobs, PlanSettings()))
            await until(lambda: plan.counts.done == 1, 60)
            await bench.stop()
            assert sum(engine.calls.values()) == 1
            assert bench.broker.lag("read", ["passages"]) == 0
            assert await bench.letters.listed() == []
            noted = (await room.sources.get(VERSION))["reading"]
            assert (noted["specialty"], noted["provenance"]["model"]) == ("spine", "scripted")
            [made] = await room.sources.plans.find().to_list()
            items = orjson.loads(await room.blobs.get(made["blob"]))["items"]
            assert items
            assert {one["reading"]["specialty"] for one in items} == {"spine"}
            assert {one["reading"]["provenance"] for one in items} == {None}

    on_bench(check)
