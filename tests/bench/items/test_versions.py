"""Versions on a real store: immutable, told once, newest found, withdrawn sources left out."""

from __future__ import annotations

import orjson
import pytest

from bench.errors import NoBench
from bench.items.version import canonical
from generation.overlap import Index
from streams import topics
from streams.events import Event
from streams.outbox import Outbox
from tests.bench.conftest import Run, Stand
from tests.bench.items.examples import item
from tests.streams.event_examples import WANTED, source


def _events(stand: Stand) -> list[Event]:
    return [one for one in stand.publisher.published if isinstance(one, Event)]


def test_a_version_is_told_with_its_overlap_index(run: Run) -> None:
    async def work(stand: Stand) -> None:
        made = await stand.versions.make([item(n) for n in range(6)], "a test", Outbox(stand.publisher))  # type: ignore[arg-type]
        [event] = _events(stand)
        told = topics.BENCHES.read(event)
        assert (told.bench, told.items, told.overlap) == (made.bench, 6, made.overlap)
        assert (made.cases, made.phantom, made.twins) == (2, 6, 0)
        assert await stand.blobs.get(made.bench) == canonical([item(n) for n in range(6)])
        index = Index.model_validate(orjson.loads(await stand.blobs.get(made.overlap)))
        assert index.overlaps(item(3).passage)
        assert await stand.database["bench_versions"].count_documents({"unsent": True}) == 0
        assert await stand.database["bench_items"].count_documents({"versions": made.bench}) == 6

    run(work)


def test_the_same_items_again_are_the_version_that_is_there(run: Run) -> None:
    async def work(stand: Stand) -> None:
        outbox = Outbox(stand.publisher)  # type: ignore[arg-type]
        first = await stand.versions.make([item(1), item(2)], "first", outbox)
        again = await stand.versions.make([item(2), item(1)], "again", outbox)
        assert again == first
        assert len(_events(stand)) == 1
        assert [one.bench for one in await stand.versions.listed()] == [first.bench]

    run(work)


def test_without_a_broker_the_event_waits(run: Run) -> None:
    async def work(stand: Stand) -> None:
        await stand.versions.make([item(1)], "a test", None)
        assert await stand.database["bench_versions"].count_documents({"unsent": True}) == 1
        assert await Outbox(stand.publisher).sweep(stand.versions.documents) == 1  # type: ignore[arg-type]

    run(work)


def test_the_newest_version_is_the_one_made_last(run: Run) -> None:
    async def work(stand: Stand) -> None:
        assert await stand.versions.newest() is None
        await stand.versions.make([item(1)], "one", None)
        second = await stand.versions.make([item(1), item(2)], "two", None)
        found = await stand.versions.newest()
        assert found == second
        assert (await stand.versions.find(second.bench[:12])).bench == second.bench
        both = await stand.database["bench_items"].find_one({"_id": item(1).id})
        assert both is not None
        assert len(both["versions"]) == 2
        assert "passage" not in both

    run(work)


@pytest.mark.parametrize("name", ["0123456789", "not a digest", "", "abc"])
def test_a_version_that_is_not_there_is_told(run: Run, name: str) -> None:
    async def work(stand: Stand) -> None:
        with pytest.raises(NoBench):
            await stand.versions.find(name)

    run(work)


def test_items_of_a_withdrawn_source_are_given_no_more(run: Run) -> None:
    async def work(stand: Stand) -> None:
        made = await stand.versions.make([item(1, source="guide"), item(2, source="notes"), item(3)], "a test", None)
        await stand.sources.register(source("guide"), b"a document", "guide.md", WANTED, None)
        assert len(await stand.versions.items(made.bench)) == 3
        await stand.sources.withdraw("guide", "Dr Wu", "no consent", None)
        assert [one.id for one in await stand.versions.items(made.bench)] == [item(2).id, item(3).id]

    run(work)
