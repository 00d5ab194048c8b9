"""`deadletters` on a store that the test fills itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from review_bridge.parts import DeadPart, PlannedPart
from spinestream.embedded import Servers
from spinestream.wiring import Parts, broker_settings
from streams import topics
from streams.broker import Broker, Position
from streams.delivery import Delivery
from streams.events import Event
from streams.outcomes import Dead
from streams.payloads import ItemPlanned
from tests.spinestream.cli.conftest import Desk
from tests.spinestream.cli.items import planned_item


class SilentPublisher:
    """Takes what is published; there is no broker in these tests."""

    async def publish(self, records: Sequence[Any]) -> list[Position]:
        return [Position("x", 0, 0) for _ in records]


def _bury(desk: Desk, group: str, event: Event, dead: Dead) -> str:
    """Bury a record as the loop does; returns the letter's id."""

    async def work(parts: Parts) -> str:
        delivery = Delivery(
            Position(event.topic, 0, 4), event.key.encode(), event.value, tuple(event.headers()), assignment=1
        )
        await parts.dead_letters.bury(group, delivery, dead, SilentPublisher())  # type: ignore[arg-type]
        found = await parts.dead_letters.listed(None)
        return next(one["_id"] for one in found if one["subject"] == event.subject)

    letter: str = desk.on_parts(work)
    return letter


@pytest.fixture
def dead_source(desk: Desk) -> str:
    """A source that could not be read; returns the letter's id."""
    version = desk.source("guide")

    async def event(parts: Parts) -> Event:
        found = await parts.sources.documents.find_one({"_id": version})
        assert found is not None
        return Event.from_stored(found["event"])

    return _bury(desk, "intake", desk.on_parts(event), Dead("encrypted", "the PDF needs a password"))


@pytest.fixture
def dead_item(desk: Desk) -> tuple[str, str]:
    """An item that the draft stage gave up on, marked as the sink does; returns its id and the letter's."""
    item = planned_item("notes", desk.source("notes", b"notes"), 0)
    event = topics.PLANNED.event(ItemPlanned(item=item), key=item.id, subject=item.id, source="plan")
    letter = _bury(desk, "draft", event, Dead("prompt-too-long", "900 tokens"))
    mark = DeadPart(item.id, item.source, f"{letter}:1", "draft", "prompt-too-long", ("deadletters.draft", 0, 3))
    desk.take_in([PlannedPart(item), mark])
    return item.id, letter


def test_each_letter_names_its_document(desk: Desk, dead_source: str, dead_item: tuple[str, str]) -> None:
    found = {one["id"]: one for one in desk.call("deadletters", "list", "--json").json}
    assert set(found) == {dead_source, dead_item[1]}
    told = {name: found[dead_source][name] for name in ("group", "why", "document", "status", "message")}
    assert told == {
        "group": "intake", "why": "encrypted", "document": "guide.txt", "status": "dead",
        "message": "the PDF needs a password",
    }  # fmt: skip
    assert (found[dead_item[1]]["document"], found[dead_item[1]]["subject"]) == ("notes.txt", dead_item[0])
    listed = desk.call("deadletters", "list").out
    for word in (dead_source, "guide.txt", "the PDF needs a password", "notes.txt"):
        assert word in listed


def test_a_letter_is_shown_without_its_content(desk: Desk, dead_source: str) -> None:
    letter = desk.call("deadletters", "show", dead_source, "--json").json
    assert (letter["id"], letter["why"], letter["document"]) == (dead_source, "encrypted", "guide.txt")
    assert letter["bytes"] > 0
    assert letter["headers"]["ce_type"] == "org.spinestream.source.registered.v1"
    assert "value" not in letter
    assert "why: encrypted" in desk.call("deadletters", "show", dead_source).out


def test_unknown_letters_are_a_usage_error(desk: Desk, dead_source: str) -> None:
    for command in (("show", "nope"), ("replay", dead_source, "nope")):
        answer = desk.call("deadletters", *command)
        assert answer.code == 2
        assert "there is no dead letter nope" in answer.err
    assert [one["status"] for one in desk.call("deadletters", "list", "--json").json] == ["dead"]


def test_a_replayed_item_lives_again_at_once(desk: Desk, dead_item: tuple[str, str]) -> None:
    """Else a later run would find nothing to do and never send the letter."""
    item, letter = dead_item

    async def is_open(parts: Parts) -> list[str]:
        return [one.id for one in await parts.store.open_page()]

    assert desk.on_parts(is_open) == []
    answer = desk.call("deadletters", "replay", letter, "--json").json
    assert answer == {"replayed": [letter], "sent": False}
    assert desk.on_parts(is_open) == [item]
    assert desk.call("deadletters", "list", "--json").json == []
    assert [one["status"] for one in desk.call("deadletters", "list", "--all", "--json").json] == ["replaying"]
    # The notice of its death may still come to the sink; the replay outlasts it.
    desk.take_in([DeadPart(item, planned_item("notes", "0" * 64, 0).source, f"{letter}:1", "draft", "x", ("d", 0, 3))])
    assert desk.on_parts(is_open) == [item]


def test_all_are_replayed_and_told_how(desk: Desk, dead_source: str, dead_item: tuple[str, str]) -> None:
    answer = desk.call("deadletters", "replay", "--all")
    assert answer.out == "the next `spinestream run` sends 2 dead letters again\n"
    assert desk.call("deadletters", "replay", "--all").out == "the next `spinestream run` sends 0 dead letters again\n"


def test_where_a_broker_is_the_bytes_go_out_at_once(
    desk: Desk, dead_item: tuple[str, str], servers: Servers, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, letter = dead_item
    for name, value in servers.addresses.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SPINESTREAM_KAFKA_PREFIX", topic_prefix)
    broker = Broker(broker_settings(servers.addresses))
    broker.ensure_topics()
    assert desk.call("deadletters", "replay", letter).out == "1 dead letter sent again\n"
    for topic in (topics.PLANNED.name, topics.dead_letter_topic("draft")):
        assert sum(one.end for one in broker.states("draft", [topic]).values()) == 1
    assert desk.call("deadletters", "replay", letter, "--json").json == {"replayed": [], "sent": True}
