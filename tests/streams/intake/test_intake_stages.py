"""Split and plan on the example documents: through real loops, redelivered, in a race, withdrawn, unreadable."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pdf_samples import pdf, scan
from pymongo import AsyncMongoClient

from generation.ids import item_id, source_version
from generation.items import Kind, Plan
from generation.planning import PLAN_VERSION, PlanSettings
from generation.readings import Reading
from generation.sources import Document, Language, SourceRef, Split
from streams import topics
from streams.blobs import BlobStore
from streams.broker import Broker
from streams.events import Event
from streams.intake import split_stage
from streams.intake.documents import DocumentSettings, find_documents, read_content
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage
from streams.outbox import Outbox
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import SourceSplit, Wanted
from streams.sources import Sources
from tests.streams.conftest import Bench, until
from tests.streams.event_examples import delivery, reading
from tests.streams.reader import Reader, read

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
WANTED = (Wanted(kind=Kind.MCQ, language=Language.EN), Wanted(kind=Kind.MCQ, language=Language.ZH))


def refer(content: bytes, media_type: str = "text/markdown", name: str | None = None) -> SourceRef:
    version = source_version(content)
    return SourceRef(
        id=name or version, version=version, title="A document", licence="CC-BY-4.0", split=Split.TRAIN,
        media_type=media_type,
    )  # fmt: skip


async def register(
    sources: Sources, content: bytes, media_type: str = "text/markdown", name: str | None = None, outbox: Any = None
) -> SourceRef:
    source = refer(content, media_type, name)
    assert await sources.register(source, content, "given.md", WANTED, outbox, Language.EN)
    return source


async def register_examples(sources: Sources, outbox: Outbox | None) -> dict[str, SourceRef]:
    candidates, refused = find_documents([EXAMPLES])
    assert not refused
    return {
        one.path.suffix: await register(
            sources, read_content(one.path), one.media_type, name=one.metadata.id, outbox=outbox
        )
        for one in candidates
    }


async def first_event(sources: Sources, source: SourceRef) -> Event:
    stored = await sources.documents.find_one({"_id": source.version})
    return Event.from_stored(stored["event"])


async def outcome_of(stage: Any, event: Event) -> Outcome:
    found = [outcome async for _, outcome in stage.handle([delivery(event)])]
    assert len(found) == 1
    return found[0]


def read_topic(broker: Broker, topic: str) -> list[Event]:
    """Return every event that lies on a topic now."""
    end = sum(state.end for state in broker.states("reader", [topic]).values())
    consumer = broker.consumer("reader-of-" + topic)
    found: list[Event] = []
    try:
        consumer.subscribe([broker.wire_name(topic)])
        while len(found) < end:
            for records in consumer.poll(timeout_ms=200).values():
                found += [Event.from_record(topic, one.key, one.value, one.headers) for one in records]
    finally:
        consumer.close()
    return found


@pytest.fixture
def beside(mongodb_url: str, mongo_db: str, tmp_path: Path) -> Callable[..., None]:
    """Run a check with sources and blobs, without a broker."""

    def run(check: Callable[[Sources, BlobStore], Awaitable[None]]) -> None:
        async def go() -> None:
            blobs = BlobStore(str(tmp_path / "blobs"))
            async with AsyncMongoClient(mongodb_url, w="majority") as client:
                sources = Sources(client[mongo_db], blobs)
                await sources.prepare()
                await check(sources, blobs)

        asyncio.run(go())

    return run


def test_the_examples_come_through_and_a_bad_file_costs_itself_only(on_bench, tmp_path) -> None:
    async def check(bench: Bench) -> None:
        blobs = BlobStore(str(tmp_path / "blobs"))
        sources = Sources(bench.database, blobs)
        await sources.prepare()
        outbox = Outbox(bench.publisher)
        good = await register_examples(sources, outbox)
        locked = await register(sources, pdf([["A page."]], password="x"), "application/pdf", outbox=outbox)
        cut = await register(sources, pdf([["A page."]])[:-200], "application/pdf", outbox=outbox)
        scanned = await register(sources, scan(), "application/pdf", outbox=outbox)
        bench.start(split := SplitStage(sources, blobs))
        bench.start(reader := Reader())
        bench.start(plan := PlanStage(sources, blobs, PlanSettings()))
        await until(lambda: bench.broker.lag("intake", split.topics) == 0, 60)
        await until(lambda: bench.broker.lag("read", reader.topics) == 0, 60)
        await until(lambda: bench.broker.lag("plan", plan.topics) == 0, 60)

        letters = {one["subject"]: one for one in await bench.letters.listed()}
        whys = {subject: one["why"] for subject, one in letters.items()}
        assert whys == {locked.version: "encrypted", cut.version: "damaged", scanned.version: "no-text"}
        assert "password" in letters[locked.version]["message"]
        assert {one["group"] for one in letters.values()} == {"intake"}

        split_events = {one.subject: topics.PASSAGES.read(one) for one in read_topic(bench.broker, "passages")}
        assert set(split_events) == {one.version for one in good.values()}
        for told in split_events.values():
            document = Document.model_validate_json(await blobs.get(told.document))
            assert told.passages == len(document.passages) > 3
            assert (await sources.get(told.source.version))["split_into"]["document"] == told.document

        told = [topics.PLANS.read(one) for one in read_topic(bench.broker, "plans")]
        planned = [topics.PLANNED.read(one).item for one in read_topic(bench.broker, "planned")]
        items = defaultdict(set)
        for item in planned:
            items[item.plan].add(item.id)
        assert len({item.id for item in planned}) == len(planned) == sum(p.items for one in told for p in one.plans)
        assert {one.source.version for one in told} == set(split_events)
        for one in told:
            english, chinese = one.plans
            assert (english.language, chinese.language) == (Language.EN, Language.ZH)
            for made in (english, chinese):
                language = made.language.value
                assert made.items >= 3, language
                names = {item_id(one.source.version, PLAN_VERSION, "mcq", language, slot) for slot in range(made.items)}
                assert items[made.id] == names
                assert (await sources.plan(made.id)).items == made.items

    on_bench(check)


def test_a_redelivered_source_gives_the_same_events(on_bench, tmp_path) -> None:
    async def check(bench: Bench) -> None:
        blobs = BlobStore(str(tmp_path / "blobs"))
        sources = Sources(bench.database, blobs)
        outbox = Outbox(bench.publisher)
        content = (EXAMPLES / "lumbar_disc_disease.md").read_bytes()
        source = await register(sources, content, outbox=outbox)
        await bench.publisher.publish([await first_event(sources, source)])
        split = bench.start(SplitStage(sources, blobs))
        bench.start(Reader())
        plan = bench.start(PlanStage(sources, blobs, PlanSettings()))
        await until(lambda: split.counts.done == 2 and plan.counts.done == 2, 60)
        await bench.stop()
        for topic in ("passages", "plans", "planned"):
            by_id = defaultdict(list)
            for one in read_topic(bench.broker, topic):
                by_id[one.id].append((one.key, one.subject, one.value))
            assert by_id
            assert all(len(told) == 2 and told[0] == told[1] for told in by_id.values()), topic

    on_bench(check)


def test_the_first_split_stands_even_when_the_reader_has_changed_since(beside, monkeypatch) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, (EXAMPLES / "lumbar_disc_disease.md").read_bytes())
        stage = SplitStage(sources, blobs)
        event = await first_event(sources, source)
        first = await outcome_of(stage, event)

        def changed(*_: object) -> Document:
            return Document(language=Language.ZH, characters=1, passages=())

        monkeypatch.setattr(split_stage, "read_document", changed)
        again = await outcome_of(stage, event)
        assert isinstance(first, Done)
        assert isinstance(again, Done)
        assert [(one.id, one.value) for one in again.emit] == [(one.id, one.value) for one in first.emit]

    beside(check)


def test_two_splits_of_one_source_at_once_tell_the_same(beside, monkeypatch) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, b"# A\n\nL4/L5 shows a disc bulge.")
        event = await first_event(sources, source)
        versions = iter(range(100))

        def another_each_time(*_: object) -> Document:
            return Document(language=Language.EN, characters=next(versions), passages=())

        monkeypatch.setattr(split_stage, "read_document", another_each_time)
        stages = [SplitStage(sources, blobs) for _ in range(4)]
        found = await asyncio.gather(*(outcome_of(stage, event) for stage in stages))
        assert next(versions) > 1, "they did not race"
        assert len({one.emit[0].value for one in found}) == 1

    beside(check)


def test_two_planners_of_one_source_give_the_items_of_the_one_that_came_first(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, (EXAMPLES / "lumbar_disc_disease.md").read_bytes())
        split = await outcome_of(SplitStage(sources, blobs), await first_event(sources, source))
        event = read(split.emit[0])
        few, many = PlanSettings(max_items=2), PlanSettings(variants=3)
        both = [PlanStage(sources, blobs, one) for one in (few, many)]
        raced = await asyncio.gather(*(outcome_of(stage, event) for stage in both))
        told = [[(one.id, one.value) for one in outcome.emit] for outcome in raced]
        assert told[0] == told[1]
        later = await outcome_of(PlanStage(sources, blobs, PlanSettings(max_items=1)), event)
        assert [(one.id, one.value) for one in later.emit] == told[0]
        assert await sources.plans.count_documents({}) == len(WANTED)
        planned = [topics.PLANNED.read(one).item for one in raced[0].emit if one.topic == "planned"]
        async for winner in sources.plans.find():
            plan = Plan.model_validate_json(await blobs.get(winner["blob"]))
            assert [item for item in planned if item.plan == winner["_id"]] == list(plan.items)
            assert len(plan.items) == winner["items"] > 0

    beside(check)


def test_the_summary_comes_after_the_items_it_counts(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, (EXAMPLES / "spine_case_vignettes.txt").read_bytes(), "text/plain")
        [split] = (await outcome_of(SplitStage(sources, blobs), await first_event(sources, source))).emit
        emitted = (await outcome_of(PlanStage(sources, blobs, PlanSettings()), read(split))).emit
        assert [one.topic for one in emitted] == ["planned"] * (len(emitted) - 1) + ["plans"]
        assert all(one.key == one.subject for one in emitted)

    beside(check)


def test_a_document_without_findings_is_planned_with_no_items(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, b"# A letter\n\nThe weather was fine.")
        [split] = (await outcome_of(SplitStage(sources, blobs), await first_event(sources, source))).emit
        [told] = (await outcome_of(PlanStage(sources, blobs, PlanSettings()), read(split))).emit
        assert [plan.items for plan in topics.PLANS.read(told).plans] == [0, 0]

    beside(check)


def test_a_reading_stands_with_the_source_and_on_every_item(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, (EXAMPLES / "lumbar_disc_disease.md").read_bytes())
        [split] = (await outcome_of(SplitStage(sources, blobs), await first_event(sources, source))).emit
        outcome = await outcome_of(PlanStage(sources, blobs, PlanSettings()), read(split))
        assert (await sources.get(source.version))["reading"] == reading().model_dump(mode="json")
        items = [topics.PLANNED.read(one).item for one in outcome.emit if one.topic == "planned"]
        assert len(items) >= 3
        assert {item.reading for item in items} == {reading().model_copy(update={"provenance": None})}

    beside(check)


def test_a_source_that_no_engine_could_read_is_planned_all_the_same(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        content = (EXAMPLES / "lumbar_disc_disease.md").read_bytes()
        source = await register(sources, content)
        [split] = (await outcome_of(SplitStage(sources, blobs), await first_event(sources, source))).emit
        missing = Reading(vocabulary="orthopaedics@1", unread="prompt-too-long")
        outcome = await outcome_of(PlanStage(sources, blobs, PlanSettings()), read(split, missing))
        items = [topics.PLANNED.read(one).item for one in outcome.emit if one.topic == "planned"]
        assert len(items) >= 3
        assert {item.reading for item in items} == {missing}
        assert {item.id for item in items} == {
            item_id(source.version, PLAN_VERSION, one.kind, one.language, slot)
            for one in topics.PLANS.read(outcome.emit[-1]).plans
            for slot in range(one.items)
        }

    beside(check)


def test_the_first_reading_of_a_source_stands(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, (EXAMPLES / "lumbar_disc_disease.md").read_bytes())
        [split] = (await outcome_of(SplitStage(sources, blobs), await first_event(sources, source))).emit
        stage = PlanStage(sources, blobs, PlanSettings())
        other = reading().model_copy(update={"condition": "scoliosis"})
        await outcome_of(stage, read(split))
        await sources.plans.delete_many({})
        later = await outcome_of(stage, read(split, other))
        items = [topics.PLANNED.read(one).item for one in later.emit if one.topic == "planned"]
        assert {item.reading.condition for item in items} == {"lumbar_disc_herniation"}
        assert (await sources.get(source.version))["reading"]["condition"] == "lumbar_disc_herniation"

    beside(check)


def test_what_came_of_the_read_stage_says_which_pairs_are_planned(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, (EXAMPLES / "lumbar_disc_disease.md").read_bytes())
        [split] = (await outcome_of(SplitStage(sources, blobs), await first_event(sources, source))).emit
        pairs = tuple(Wanted(kind=kind, language=language) for kind in Kind for language in Language)
        more = topics.PASSAGES.read(split).model_copy(update={"wanted": pairs})
        event = topics.PASSAGES.event(more, key=split.key, subject=split.subject, source="intake")
        outcome = await outcome_of(PlanStage(sources, blobs, PlanSettings()), read(event))
        told = topics.PLANS.read(outcome.emit[-1]).plans
        assert {(one.kind, one.language) for one in told} == {(one.kind, one.language) for one in pairs}

    beside(check)


def test_a_withdrawn_source_emits_nothing(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, b"# A\n\nL4/L5 shows a disc bulge.", name="guide")
        event = await first_event(sources, source)
        split = await outcome_of(SplitStage(sources, blobs), event)
        await sources.withdraw("guide", "an editor", "an error", None)
        assert await outcome_of(SplitStage(sources, blobs), event) == Done()
        assert await outcome_of(PlanStage(sources, blobs, PlanSettings()), read(split.emit[0])) == Done()
        assert await sources.plans.count_documents({}) == 0

    beside(check)


def test_a_source_that_is_withdrawn_while_it_is_worked_on_emits_nothing(beside, monkeypatch) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, b"# A\n\nL4/L5 shows a disc bulge.", name="guide")
        event = await first_event(sources, source)
        [split] = (await outcome_of(SplitStage(sources, blobs), event)).emit
        await sources.documents.update_one({"_id": source.version}, {"$unset": {"split_into": 1}})

        for name, stage, given in (
            ("record_split", SplitStage(sources, blobs), event),
            ("record_plan", PlanStage(sources, blobs, PlanSettings()), read(split)),
        ):
            await sources.tombstones.delete_many({})
            write = getattr(sources, name)

            async def and_then_it_is_withdrawn(*args: Any, _write: Any = write) -> Any:
                written = await _write(*args)
                await sources.withdraw("guide", "an editor", "an error", None)
                return written

            with monkeypatch.context() as patched:
                patched.setattr(sources, name, and_then_it_is_withdrawn)
                assert await outcome_of(stage, given) == Done(), name

    beside(check)


def test_the_bounds_set_for_documents_hold_here_too(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, pdf([["Page one."], ["Page two."]]), "application/pdf")
        event = await first_event(sources, source)
        outcome = await outcome_of(SplitStage(sources, blobs, DocumentSettings(pdf_max_pages=1)), event)
        assert isinstance(outcome, Dead)
        assert outcome.why == "too-large"
        assert isinstance(await outcome_of(SplitStage(sources, blobs), event), Done)

    beside(check)


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_bytes_that_are_not_there_any_more_are_a_reason(beside, damage) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, b"# A\n\nL4/L5 shows a disc bulge.")
        event = await first_event(sources, source)
        [split] = (await outcome_of(SplitStage(sources, blobs), event)).emit
        await sources.documents.update_one({"_id": source.version}, {"$unset": {"split_into": 1}})
        told: SourceSplit = topics.PASSAGES.read(split)
        for address in (source.version, told.document):
            if damage == "missing":
                blobs.erase(address)
            else:
                Path(blobs._place(address)).write_bytes(b"other")
        for stage, given in (
            (SplitStage(sources, blobs), event),
            (PlanStage(sources, blobs, PlanSettings()), read(split)),
        ):
            outcome = await outcome_of(stage, given)
            assert isinstance(outcome, Dead)
            assert outcome.why == "blob"

    beside(check)


def test_an_event_that_is_too_large_to_travel_is_a_reason(beside, monkeypatch) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, (EXAMPLES / "lumbar_disc_disease.md").read_bytes())
        event = await first_event(sources, source)
        [split] = (await outcome_of(SplitStage(sources, blobs), event)).emit
        for largest, stage, given in (
            (100, SplitStage(sources, blobs), event),
            (1500, PlanStage(sources, blobs, PlanSettings()), read(split)),
        ):
            monkeypatch.setattr(topics, "LARGEST_VALUE", largest)
            outcome = await outcome_of(stage, given)
            assert isinstance(outcome, Dead)
            assert outcome.why == "too-large"

    beside(check)


def test_an_event_of_another_type_is_no_event_of_these_stages(beside) -> None:
    async def check(sources: Sources, blobs: BlobStore) -> None:
        source = await register(sources, b"# A\n\nL4/L5 shows a disc bulge.")
        event = await first_event(sources, source)
        [split] = (await outcome_of(SplitStage(sources, blobs), event)).emit
        for stage, given in ((SplitStage(sources, blobs), split), (PlanStage(sources, blobs, PlanSettings()), event)):
            outcome = await outcome_of(stage, given)
            assert isinstance(outcome, Dead)
            assert outcome.why == "not-an-event"

    beside(check)
