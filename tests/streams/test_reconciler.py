"""The reconciler on real servers: what Kafka will not bring is emitted again, once; everything else is left alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import pytest
from kafka import KafkaAdminClient
from pymongo.errors import AutoReconnect

from generation.ids import plan_id, source_version
from generation.planning import PLAN_VERSION, PlanSettings
from generation.sources import SourceRef, Split
from streams import reconciler as module
from streams import topics
from streams.blobs import BlobStore
from streams.broker import Broker, Position
from streams.delivery import Delivery
from streams.errors import DependencyDown
from streams.events import Event
from streams.intake.ledger import SourceLedger
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage
from streams.outbox import Outbox
from streams.outcomes import Dead, Done, Outcome
from streams.reconciler import Outstanding, Reconciled, Reconciler
from streams.sources import Sources
from tests.streams.conftest import Bench, FunctionStage, event, until
from tests.streams.event_examples import WANTED
from tests.streams.reader import Reader

TEXT = b"""# Lumbar spine

At L4/L5 there is a left disc extrusion. At L5/S1 there is a central disc protrusion.
"""


async def _loaded(event: Event) -> Event:
    return event


class FakeLedger:
    """Open work of the draft group, held in memory."""

    groups: ClassVar[Mapping[str, tuple[str, ...]]] = {"draft": ("planned",)}
    after: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = (("store", ("drafted",)),)

    def __init__(self) -> None:
        self.open: dict[str, tuple[Event, Position | None]] = {}
        self.moves = 0

    async def begin(self, bench: Bench, *numbers: int) -> None:
        events = [event("planned", number) for number in numbers]
        for one, at in zip(events, await bench.publisher.publish(events), strict=True):
            self.open[one.subject] = one, at

    async def outstanding(self) -> AsyncIterator[Outstanding]:
        for subject, (one, at) in list(self.open.items()):
            yield Outstanding(subject, partial(_loaded, one), "draft", at)

    async def moved(self, places: Sequence[tuple[str, Position]]) -> None:
        for subject, at in places:
            self.moves += 1
            self.open[subject] = self.open[subject][0], at


class Store(FunctionStage):
    group: ClassVar[str] = "store"
    topics: ClassVar[tuple[str, ...]] = ("drafted",)


class ItemStore(FunctionStage):
    group: ClassVar[str] = "store"
    topics: ClassVar[tuple[str, ...]] = ("planned",)


class Forgetful(FunctionStage):
    """Commits what it reads and does nothing about it, as a result that got lost does."""

    group: ClassVar[str] = "intake"
    topics: ClassVar[tuple[str, ...]] = ("sources",)


async def forget(one: Delivery) -> Outcome:
    return Done()


def reconciler(bench: Bench, *ledgers: Any, commands: Collection[Any] = ()) -> Reconciler:
    return Reconciler(bench.broker, bench.publisher, bench.letters, commands, ledgers)


async def drained(bench: Bench, stage: Any) -> None:
    """Run a stage until it has committed everything."""
    bench.start(stage)
    await until(lambda: bench.broker.lag(stage.group, stage.topics) == 0, 60)
    await bench.stop()


def ends(broker: Broker, topic: str) -> int:
    return sum(state.end for state in broker.states("reader", [topic]).values())


def delete_topics(broker: Broker) -> None:
    admin = KafkaAdminClient(**broker.settings.client())
    admin.delete_topics([broker.wire_name(spec.name) for spec in topics.specs()])
    admin.close()


def test_a_lost_event_is_emitted_again_once(on_bench) -> None:
    async def check(bench: Bench) -> None:
        ledger = FakeLedger()
        await ledger.begin(bench, 0, 1, 2)
        await drained(bench, FunctionStage(forget))
        del ledger.open["item-1"]
        before = dict(ledger.open)
        assert (await reconciler(bench, ledger).once()).re_emitted == 2
        assert {name: one for name, (one, _) in ledger.open.items()} == {name: one for name, (one, _) in before.items()}
        assert all(ledger.open[name][1] > at for name, (_, at) in before.items())
        assert (await reconciler(bench, ledger).once()).re_emitted == 0, "it is on its way now"
        seen: Counter[str] = Counter()

        async def handle(one: Delivery) -> Outcome:
            seen[one.event.subject] += 1
            del ledger.open[one.event.subject]
            return Done()

        await drained(bench, FunctionStage(handle))
        assert seen == {"item-0": 1, "item-2": 1}
        assert (await reconciler(bench, ledger).once()).re_emitted == 0

    on_bench(check)


def test_a_deep_backlog_is_left_alone(on_bench) -> None:
    async def check(bench: Bench) -> None:
        ledger = FakeLedger()
        await ledger.begin(bench, *range(60))
        assert (await reconciler(bench, ledger).once()).re_emitted == 0
        gate = asyncio.Event()

        async def slow(one: Delivery) -> Outcome:
            if one.event.subject != "item-0":
                await gate.wait()
            return Done()

        loop = bench.start(FunctionStage(slow, in_flight=60, calls=60))
        await until(lambda: loop.counts.done == 1)
        assert (await reconciler(bench, ledger).once()).re_emitted <= 1, "only what was done and left no result"
        gate.set()

    on_bench(check)


def test_nothing_is_emitted_while_a_later_group_is_still_at_work(on_bench) -> None:
    async def check(bench: Bench) -> None:
        ledger = FakeLedger()
        await ledger.begin(bench, 0)
        await drained(bench, FunctionStage(forget))
        await bench.publisher.publish([event("drafted", 0)])  # its result is on its way to the store
        assert (await reconciler(bench, ledger).once()).re_emitted == 0
        await drained(bench, Store(forget))
        assert (await reconciler(bench, ledger).once()).re_emitted == 1

    on_bench(check)


def test_open_work_that_never_was_in_the_log_is_emitted(on_bench) -> None:
    async def check(bench: Bench) -> None:
        ledger = FakeLedger()
        ledger.open["item-0"] = event("planned", 0), None
        assert (await reconciler(bench, ledger).once()).re_emitted == 1
        assert ledger.open["item-0"][1] is not None

    on_bench(check)


def test_more_lost_events_than_fit_a_batch_are_all_emitted(on_bench, monkeypatch) -> None:
    async def check(bench: Bench) -> None:
        monkeypatch.setattr(module, "BATCH", 3)
        ledger = FakeLedger()
        for number in range(8):
            ledger.open[f"item-{number}"] = event("planned", number), None
        assert (await reconciler(bench, ledger).once()).re_emitted == ledger.moves == 8
        assert ends(bench.broker, "planned") == 8

    on_bench(check)


def test_a_broker_that_lost_its_topics_gets_them_and_the_open_work_again(on_bench) -> None:
    async def check(bench: Bench) -> None:
        ledger = FakeLedger()
        await ledger.begin(bench, *range(10))
        await drained(bench, FunctionStage(forget))
        await ledger.begin(bench, *range(10, 15))
        await asyncio.to_thread(delete_topics, bench.broker)
        created: set[str] = set()
        re_emitted = 0
        async with asyncio.timeout(40):
            while len(created) < len(topics.specs()) or re_emitted < 15:
                try:
                    done = await reconciler(bench, ledger).once()
                except DependencyDown:
                    continue
                created |= set(done.topics_created)
                re_emitted += done.re_emitted
        seen: set[str] = set()

        async def handle(one: Delivery) -> Outcome:
            seen.add(one.event.subject)
            ledger.open.pop(one.event.subject, None)
            return Done()

        await drained(bench, FunctionStage(handle))
        assert seen == {f"item-{number}" for number in range(15)}
        assert await reconciler(bench, ledger).once() == Reconciled()

    on_bench(check)


def test_commands_that_were_not_sent_and_replays_go_out(on_bench, tmp_path) -> None:
    async def check(bench: Bench) -> None:
        sources = Sources(bench.database, BlobStore(str(tmp_path)))
        await sources.prepare()
        await register(sources, TEXT)
        await sources.withdraw("another", "an editor", "an error", None)

        async def refuse(one: Delivery) -> Outcome:
            return Dead("no-good")

        await bench.publisher.publish([event("planned", 0)])
        await drained(bench, FunctionStage(refuse))
        [letter] = await bench.letters.listed()
        await bench.letters.replay(letter["_id"])
        commands = (sources.documents, sources.tombstones)
        assert await reconciler(bench, commands=commands).once() == Reconciled(unsent=2, replayed=1)
        assert [ends(bench.broker, topic) for topic in ("sources", "withdrawals", "planned")] == [1, 1, 2]
        assert await reconciler(bench, commands=commands).once() == Reconciled()

    on_bench(check)


def test_a_dependency_that_is_down_is_waited_for_and_a_fault_is_not(on_bench, monkeypatch) -> None:
    async def check(bench: Bench) -> None:
        passes = 0
        faults: list[Exception | None] = [DependencyDown("kafka", "away"), AutoReconnect("away"), None]
        one, stop = reconciler(bench), asyncio.Event()
        real = one.once

        async def once() -> Reconciled:
            nonlocal passes
            passes += 1
            fault = faults.pop(0) if faults else KeyError("a fault of ours")
            if fault is not None:
                raise fault
            return await real()

        monkeypatch.setattr(one, "once", once)
        with pytest.raises(KeyError):
            await asyncio.wait_for(one.run(stop, every=0.01), 20)
        assert passes == 4
        stop.set()
        await asyncio.wait_for(one.run(stop), 5)
        assert passes == 4

    on_bench(check)


def test_a_broker_that_is_away_is_told_as_a_dependency(on_bench, monkeypatch) -> None:
    async def check(bench: Bench) -> None:
        settings = bench.broker.settings.model_copy(update={"bootstrap": "127.0.0.1:1", "connect_timeout_ms": 200})
        monkeypatch.setattr(bench.broker, "settings", settings)
        bench.broker.close()
        with pytest.raises(DependencyDown, match="kafka"):
            await reconciler(bench, FakeLedger()).once()

    on_bench(check)


async def register(
    sources: Sources, content: bytes, outbox: Outbox | None = None, name: str | None = None
) -> SourceRef:
    version = source_version(content)
    source = SourceRef(
        id=name or version, version=version, title="A document", split=Split.TRAIN, media_type="text/markdown"
    )
    assert await sources.register(source, content, "given.md", WANTED, outbox)
    return source


class Intake:
    """The stages of the intake, a store that counts items, and the ledger over them."""

    def __init__(self, bench: Bench, folder: str) -> None:
        self.bench = bench
        blobs = BlobStore(folder)
        self.sources = Sources(bench.database, blobs)
        self.items: dict[str, set[str]] = {}
        self.split = SplitStage(self.sources, blobs)
        self.read = Reader()
        self.plan = PlanStage(self.sources, blobs, PlanSettings())
        self.store = ItemStore(self._take)
        self.ledger = SourceLedger(self.sources, bench.letters, self._held)
        self.outbox = Outbox(bench.publisher)

    async def _take(self, one: Delivery) -> Outcome:
        item = topics.PLANNED.read(one.event).item
        self.items.setdefault(item.plan, set()).add(item.id)
        return Done()

    async def _held(self, plans: Collection[str]) -> Mapping[str, int]:
        return {plan: len(self.items[plan]) for plan in plans if plan in self.items}

    async def once(self) -> int:
        return (await reconciler(self.bench, self.ledger).once()).re_emitted

    async def complete(self) -> set[str]:
        return {one["_id"] for one in await self.sources.known() if one.get("complete")}


@pytest.fixture
def on_intake(on_bench, tmp_path) -> Callable[[Callable[[Intake], Any]], None]:
    """Run a check with an intake."""

    def run(check: Callable[[Intake], Any]) -> None:
        async def go(bench: Bench) -> None:
            await check(Intake(bench, str(tmp_path / "blobs")))

        on_bench(go)

    return run


def test_a_source_whose_events_got_lost_is_brought_to_its_end_once(on_intake) -> None:
    async def check(intake: Intake) -> None:
        source = await register(intake.sources, TEXT, intake.outbox)
        assert await intake.once() == 0, "it is a backlog"
        await drained(intake.bench, Forgetful(forget))
        assert await intake.once() == 1
        assert await intake.once() == 0
        await drained(intake.bench, intake.split)
        assert await intake.once() == 0, "the reader has work"
        await drained(intake.bench, intake.read)
        assert await intake.once() == 0, "the planner has work"
        await drained(intake.bench, intake.plan)
        assert await intake.once() == 0, "the store has work"
        assert await intake.complete() == set()
        await drained(intake.bench, intake.store)
        assert await intake.once() == 0
        assert await intake.complete() == {source.version}
        assert ends(intake.bench.broker, "sources") == 2

    on_intake(check)


@pytest.mark.parametrize("lost_at", ["read", "plan"])
def test_a_source_that_a_later_stage_lost_is_brought_to_its_end_too(on_intake, lost_at) -> None:
    async def check(intake: Intake) -> None:
        source = await register(intake.sources, TEXT, intake.outbox)
        stages = {"intake": intake.split, "read": intake.read, "plan": intake.plan, "store": intake.store}

        class Lossy(FunctionStage):
            group, topics = lost_at, stages[lost_at].topics

        for name, stage in stages.items():
            await drained(intake.bench, Lossy(forget) if name == lost_at else stage)
            if name == lost_at:
                break
        assert await intake.once() == 1
        for stage in stages.values():
            await drained(intake.bench, stage)
        assert await intake.once() == 0
        assert await intake.complete() == {source.version}

    on_intake(check)


def test_a_source_that_could_not_be_read_for_good_is_left_alone(on_intake) -> None:
    async def check(intake: Intake) -> None:
        await register(intake.sources, TEXT, intake.outbox)

        async def die(one: Delivery) -> Outcome:
            return Dead("poison")

        class Deadly(FunctionStage):
            group, topics = "read", ("passages",)

        await drained(intake.bench, intake.split)
        await drained(intake.bench, Deadly(die))
        assert await intake.once() == 0
        [letter] = await intake.bench.letters.listed()
        await intake.bench.letters.replay(letter["_id"])
        await reconciler(intake.bench).once()
        for stage in (intake.read, intake.plan, intake.store):
            await drained(intake.bench, stage)
        await intake.once()
        assert len(await intake.complete()) == 1

    on_intake(check)


def test_a_store_that_lost_items_gets_them_again(on_intake) -> None:
    async def check(intake: Intake) -> None:
        await register(intake.sources, TEXT, intake.outbox)
        stages = (intake.split, intake.read, intake.plan, intake.store)
        for stage in stages:
            await drained(intake.bench, stage)
        [plan] = intake.items
        whole = set(intake.items[plan])
        assert len(whole) == 2
        intake.items[plan].pop()
        assert await intake.once() == 1
        for stage in stages:
            await drained(intake.bench, stage)
        assert await intake.once() == 0
        assert intake.items[plan] == whole

    on_intake(check)


def test_what_is_unsent_dead_withdrawn_or_refused_by_the_store_is_left_alone(on_intake) -> None:
    async def check(intake: Intake) -> None:
        unsent = await register(intake.sources, TEXT + b"1")
        dead = await register(intake.sources, TEXT + b"2", intake.outbox)
        await register(intake.sources, TEXT + b"3", intake.outbox, name="gone")
        refused = await register(intake.sources, TEXT + b"4", intake.outbox)

        async def some_die(one: Delivery) -> Outcome:
            return Dead("damaged") if one.event.subject == dead.version else Done()

        await drained(intake.bench, Forgetful(some_die))
        await intake.sources.withdraw("gone", "an editor", "an error", None)
        assert await intake.once() == 1
        stored = await intake.sources.documents.find_one({"_id": refused.version})
        assert stored["sent"] != (await intake.sources.get(dead.version))["sent"]

        async def refuse(one: Delivery) -> Outcome:
            return Dead("not-acceptable")

        await drained(intake.bench, intake.split)
        await drained(intake.bench, intake.read)
        await drained(intake.bench, intake.plan)
        await drained(intake.bench, ItemStore(refuse))
        plan = plan_id(refused.version, PLAN_VERSION, "mcq", "en")
        assert (await intake.sources.plan(plan)).items == 2
        assert len(await intake.bench.letters.subjects("store", await item_ids(intake, plan))) == 2
        assert await intake.once() == 0, "it came, and the store cannot take it"
        assert await intake.complete() == set()
        assert (await intake.sources.get(unsent.version))["unsent"] is True

        for letter in await intake.bench.letters.listed():
            if letter["group"] == "store":
                await intake.bench.letters.replay(letter["_id"])
        await reconciler(intake.bench).once()
        await drained(intake.bench, intake.store)
        await intake.once()
        assert await intake.complete() == {refused.version}

    on_intake(check)


async def item_ids(intake: Intake, plan: str) -> list[str]:
    record = await intake.sources.plan(plan)
    assert record is not None
    return await intake.sources.item_ids(record)


def test_an_intake_heals_by_itself_when_the_broker_loses_its_topics_under_it(on_intake) -> None:
    async def check(intake: Intake) -> None:
        bench, stop = intake.bench, asyncio.Event()
        for stage in (intake.split, intake.read, intake.plan, intake.store):
            bench.start(stage)
        first = await register(intake.sources, TEXT + b"1", intake.outbox)
        healer = asyncio.create_task(reconciler(bench, intake.ledger).run(stop, every=0.2))
        await until_async(lambda: intake.complete(), {first.version})
        second = await register(intake.sources, TEXT + b"2", intake.outbox)
        await asyncio.to_thread(delete_topics, bench.broker)
        await until_async(lambda: intake.complete(), {first.version, second.version}, 90)
        stop.set()
        await healer
        assert sorted(len(items) for items in intake.items.values()) == [2, 2]

    on_intake(check)


async def until_async(ask: Callable[[], Any], wanted: Any, seconds: float = 40.0) -> None:
    async with asyncio.timeout(seconds):
        while await ask() != wanted:
            await asyncio.sleep(0.05)
