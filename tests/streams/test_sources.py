"""The register of sources: twice the same, two at once, a new version, plans that race, withdrawals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from pymongo import AsyncMongoClient

from generation.ids import digest
from generation.items import Plan
from generation.readings import Reading
from generation.sources import Document, Language, SourceRef
from streams import topics
from streams.blobs import BlobStore
from streams.errors import DependencyDown
from streams.events import Event
from streams.outbox import Outbox
from streams.payloads import PlanMade, SourceRegistered
from streams.sources import PlanRecord, Sources
from tests.streams.event_examples import WANTED, Recorder, planned_item, reading, source


@dataclass
class Desk:
    """Two clients of one database, as two processes have them, and a publisher that notes."""

    mine: Sources
    theirs: Sources
    publisher: Recorder
    blobs: BlobStore

    async def register(self, of: SourceRef, content: bytes, by: Sources | None = None, send: bool = True) -> bool:
        outbox = Outbox(self.publisher) if send else None  # type: ignore[arg-type]
        return await (by or self.mine).register(of, content, "books/guide.md", WANTED, outbox, Language.EN)

    async def superseded(self) -> dict[str, str | None]:
        return {one["_id"]: one.get("superseded_by") for one in await self.mine.known()}


@pytest.fixture
def at(mongodb_url: str, mongo_db: str, tmp_path: Path) -> Callable[[Callable[[Desk], Awaitable[None]]], None]:
    """Run a check at a desk."""

    def run(check: Callable[[Desk], Awaitable[None]]) -> None:
        async def go() -> None:
            blobs = BlobStore(str(tmp_path / "blobs"))
            async with AsyncMongoClient(mongodb_url, w="majority") as one, AsyncMongoClient(mongodb_url) as two:
                desk = Desk(Sources(one[mongo_db], blobs), Sources(two[mongo_db], blobs), Recorder(), blobs)
                await desk.mine.prepare()
                await check(desk)

        asyncio.run(go())

    return run


def test_a_source_is_taken_in_with_its_bytes_and_its_event(at) -> None:
    async def check(desk) -> None:
        of = source(content=b"page 1")
        assert await desk.register(of, b"page 1")
        assert await desk.blobs.get(of.version) == b"page 1"
        [event] = desk.publisher.published
        told: SourceRegistered = topics.SOURCES.read(event)
        assert (told.source, told.blob, told.size) == (of, of.version, 6)
        assert (told.name, told.language, told.wanted) == ("books/guide.md", Language.EN, WANTED)
        assert (event.key, event.subject) == (of.version, of.version)
        found = await desk.mine.get(of.version)
        assert found is not None
        assert "event" not in found
        assert (found["id"], found["licence"], found["unsent"]) == ("guide", "CC-BY-4.0", False)

    at(check)


def test_the_same_again_gives_nothing_new(at) -> None:
    async def check(desk) -> None:
        of = source(content=b"page 1")
        assert await desk.register(of, b"page 1")
        renamed = of.model_copy(update={"title": "Another title", "licence": None})
        assert not await desk.register(renamed, b"page 1")
        assert not await desk.register(of.model_copy(update={"id": "another-id"}), b"page 1")
        assert len(desk.publisher.published) == 1
        assert [one["title"] for one in await desk.mine.known()] == ["A guide"]
        assert await desk.superseded() == {of.version: None}

    at(check)


def test_two_processes_that_take_the_same_source_in_at_once_take_it_in_once(at) -> None:
    async def check(desk) -> None:
        contents = [f"book {number}".encode() for number in range(10)]
        calls = [
            desk.register(source(f"book-{digest(content)[:6]}", content), content, by=by)
            for content in contents
            for by in (desk.mine, desk.theirs)
        ]
        found = await asyncio.gather(*calls)
        assert sum(found) == 10
        assert all(sorted(found[n : n + 2]) == [False, True] for n in range(0, 20, 2))
        assert len(await desk.mine.known()) == 10
        assert len({one.id for one in desk.publisher.published}) == 10

    at(check)


def test_a_crash_before_sending_is_mended_by_the_sweep_with_the_same_event(at) -> None:
    async def check(desk) -> None:
        of = source(content=b"page 1")
        assert await desk.register(of, b"page 1", send=False)
        assert (await desk.mine.get(of.version))["unsent"] is True
        assert not await desk.register(of, b"page 1"), "the command, given again, finds it there"
        assert await Outbox(desk.publisher).sweep(desk.theirs.documents) == 1
        stored = await desk.mine.documents.find_one({"_id": of.version})
        assert desk.publisher.published == [Event.from_stored(stored["event"])]

    at(check)


def test_a_broker_that_is_away_leaves_the_source_taken_in_and_unsent(at) -> None:
    async def check(desk) -> None:
        of = source(content=b"page 1")
        desk.publisher.failures = [DependencyDown("kafka", "away")]
        with pytest.raises(DependencyDown):
            await desk.register(of, b"page 1")
        assert (await desk.mine.get(of.version))["unsent"] is True

    at(check)


def test_a_new_version_supersedes_all_older_ones_of_its_id_and_no_other(at) -> None:
    async def check(desk) -> None:
        versions = [source(content=f"edition {number}".encode()) for number in range(3)]
        other = source("another", b"another")
        await desk.register(other, b"another")
        for number, of in enumerate(versions):
            await desk.register(of, f"edition {number}".encode())
        last = versions[2].version
        assert await desk.superseded() == {
            other.version: None,
            versions[0].version: last,
            versions[1].version: last,
            last: None,
        }
        await desk.register(versions[0], b"edition 0")
        assert (await desk.superseded())[last] is None, "an old version, given again, supersedes nothing"

    at(check)


def test_a_crash_before_the_older_version_is_marked_is_mended_by_the_same_command(at, monkeypatch) -> None:
    async def check(desk) -> None:
        old, new = source(content=b"edition 1"), source(content=b"edition 2")
        await desk.register(old, b"edition 1")

        async def dies(source_id: str) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(desk.mine, "_supersede", dies)
            with pytest.raises(KeyboardInterrupt):
                await desk.register(new, b"edition 2")
        assert await desk.superseded() == {old.version: None, new.version: None}
        assert not await desk.register(new, b"edition 2")
        assert await desk.superseded() == {old.version: new.version, new.version: None}

    at(check)


def test_of_two_versions_that_come_at_once_exactly_one_is_live(at) -> None:
    async def check(desk) -> None:
        for turn in range(8):
            pair = [f"edition {turn} {side}".encode() for side in "ab"]
            of = [source(f"book-{turn}", content) for content in pair]
            await asyncio.gather(
                desk.register(of[0], pair[0], by=desk.mine), desk.register(of[1], pair[1], by=desk.theirs)
            )
            found = await desk.superseded()
            marks = {found[of[0].version], found[of[1].version]}
            assert len(marks) == 2
            assert None in marks
            assert marks < {None, of[0].version, of[1].version}

    at(check)


def document(passages: int = 0, language: Language = Language.EN) -> Document:
    assert not passages
    return Document(language=language, characters=9, passages=())


def test_the_first_split_of_a_source_wins(at) -> None:
    async def check(desk) -> None:
        of = source(content=b"page 1")
        assert await desk.mine.split(of.version) is None
        await desk.register(of, b"page 1")
        assert await desk.mine.split(of.version) is None
        first = await desk.mine.record_split(of.version, "1" * 64, document())
        second = await desk.theirs.record_split(of.version, "2" * 64, document(language=Language.ZH))
        assert first == second == await desk.mine.split(of.version)
        assert (first.blob, first.passages, first.language) == ("1" * 64, 0, Language.EN)

    at(check)


def test_a_split_of_a_source_that_is_not_in_the_register_is_taken_as_it_is(at) -> None:
    async def check(desk) -> None:
        found = await desk.mine.record_split("3" * 64, "1" * 64, document())
        assert found.blob == "1" * 64
        assert await desk.mine.known() == []

    at(check)


def test_the_first_reading_of_a_source_wins(at) -> None:
    async def check(desk) -> None:
        of = source(content=b"page 1")
        await desk.register(of, b"page 1")
        other = reading().model_copy(update={"condition": None})
        won = await asyncio.gather(
            desk.mine.record_reading(of.version, reading()), desk.theirs.record_reading(of.version, other)
        )
        assert won[0] == won[1]
        assert won[0] in (reading(), other)
        assert await desk.mine.record_reading(of.version, Reading(vocabulary="x@1", unread="late")) == won[0]
        assert Reading.model_validate((await desk.mine.get(of.version))["reading"]) == won[0]

    at(check)


def test_a_reading_of_a_source_that_is_not_in_the_register_is_taken_as_it_is(at) -> None:
    async def check(desk) -> None:
        assert await desk.mine.record_reading("3" * 64, reading()) == reading()
        assert await desk.mine.known() == []

    at(check)


async def plan_of(desk: Desk, items: int) -> tuple[Plan, PlanMade, str]:
    all_items = tuple(planned_item(slot) for slot in range(items))
    first = planned_item()
    plan = Plan(
        id=first.plan, source=source(), plan_version="1", kind=first.kind, language=first.language, items=all_items
    )
    blob = await desk.blobs.put(orjson.dumps(plan.model_dump(mode="json")))
    return plan, PlanMade(id=plan.id, kind=plan.kind, language=plan.language, items=items), blob


def test_of_two_plans_that_race_the_first_wins_and_both_are_told_which(at) -> None:
    async def check(desk) -> None:
        (_, two, blob_of_two), (_, three, blob_of_three) = await plan_of(desk, 2), await plan_of(desk, 3)
        assert await desk.mine.plan(two.id) is None
        won = await asyncio.gather(
            desk.mine.record_plan(source(), two, "1", blob_of_two),
            desk.theirs.record_plan(source(), three, "1", blob_of_three),
        )
        assert won[0] == won[1]
        assert won[0] in (PlanRecord(two.id, blob_of_two, 2), PlanRecord(three.id, blob_of_three, 3))
        assert await desk.mine.plan(two.id) == won[0]
        again = await desk.mine.record_plan(source(), three, "1", blob_of_three)
        assert again == won[0]
        assert await desk.mine.item_ids(won[0]) == [planned_item(slot).id for slot in range(won[0].items)]

    at(check)


def test_a_source_is_given_with_the_plans_it_should_have_until_it_is_complete_or_withdrawn(at) -> None:
    async def check(desk) -> None:
        of = source()
        await desk.register(of, b"a document")
        await desk.register(source("gone", b"gone"), b"gone")
        await desk.mine.withdraw("gone", "an editor", "an error", None)
        found = [(one["_id"], plans) async for one, plans in desk.mine.with_plans("1")]
        assert found == [(of.version, [None])]
        _, made, blob = await plan_of(desk, 2)
        record = await desk.mine.record_plan(of, made, "1", blob)
        assert [plans async for _, plans in desk.mine.with_plans("1")] == [[record]]
        assert [plans async for _, plans in desk.mine.with_plans("2")] == [[None]]
        await desk.mine.documents.update_one({"_id": of.version}, {"$set": {"complete": True}})
        assert [one async for one in desk.mine.with_plans("1")] == []

    at(check)


def test_a_withdrawal_is_told_once_and_the_first_reason_stands(at) -> None:
    async def check(desk) -> None:
        outbox = Outbox(desk.publisher)
        assert await desk.mine.withdraw("guide", "an editor", "an error", outbox)
        assert not await desk.theirs.withdraw("guide", "another", "no reason", outbox)
        [event] = desk.publisher.published
        told = topics.WITHDRAWALS.read(event)
        assert (told.source_id, told.who, told.why, event.key) == ("guide", "an editor", "an error", "guide")
        tombstone = await desk.mine.tombstones.find_one({"_id": "guide"})
        assert (tombstone["who"], tombstone["unsent"]) == ("an editor", False)

    at(check)


def test_two_withdrawals_at_once_are_one(at) -> None:
    async def check(desk) -> None:
        outbox = Outbox(desk.publisher)
        calls = [by.withdraw("guide", "an editor", "an error", outbox) for by in (desk.mine, desk.theirs) * 5]
        assert sum(await asyncio.gather(*calls)) == 1
        assert len(desk.publisher.published) == 1

    at(check)


def test_a_withdrawal_that_was_not_sent_is_sent_by_the_sweep(at) -> None:
    async def check(desk) -> None:
        assert await desk.mine.withdraw("guide", "an editor", "an error", None)
        assert await desk.theirs.withdrawn(["guide"]) == {"guide"}, "the tombstone counts from its write on"
        assert await Outbox(desk.publisher).sweep(desk.mine.tombstones) == 1

    at(check)


def test_tombstones_are_looked_up_by_id(at) -> None:
    async def check(desk) -> None:
        for name in ("a", "b"):
            await desk.mine.withdraw(name, "an editor", "an error", None)
        assert await desk.mine.withdrawn(["a", "b", "c"]) == {"a", "b"}
        assert await desk.mine.withdrawn({"c"}) == set()
        assert await desk.mine.withdrawn([]) == set()

    at(check)


def test_versions_are_known_in_the_order_they_came(at) -> None:
    async def check(desk) -> None:
        of = [source(f"book-{number}", f"book {number}".encode()) for number in (2, 0, 1)]
        for one in of:
            await desk.register(one, f"book {one.id[-1]}".encode())
        assert [one["id"] for one in await desk.mine.known()] == ["book-2", "book-0", "book-1"]
        assert [one["id"] for one in await desk.mine.known([of[2].version, "0" * 64])] == ["book-1"]
        assert await desk.mine.get("0" * 64) is None

    at(check)
