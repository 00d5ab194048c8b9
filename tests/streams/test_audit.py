"""Every command from outside is in the audit, once, also when a crash cut it off."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pymongo import AsyncMongoClient

from streams import audit, topics
from streams.broker import Position
from streams.errors import DependencyDown
from streams.events import Event
from streams.model_payloads import ModelPromoted, Move
from streams.outbox import Outbox, unsent
from streams.payloads import SourceWithdrawn
from tests.streams.conftest import event


class Log:
    """Stands in for a publisher; fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[str] = []
        self._failures = failures

    async def publish(self, events: Sequence[Event]) -> list[Position]:
        if self._failures:
            self._failures -= 1
            raise DependencyDown("kafka", "away")
        self.sent += [one.id for one in events]
        return [Position(one.topic, 0, len(self.sent)) for one in events]


def test_a_command_is_entered_once_however_often_it_is_sent(mongodb_url: str, mongo_db: str) -> None:
    async def scenario() -> None:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb_url)
        database, log = client[mongo_db], Log(failures=1)
        commands, command = database["commands"], event("sources", 1)
        document = {"_id": "one", **unsent(command)}
        await commands.insert_one(document)
        outbox = Outbox(log)  # type: ignore[arg-type]
        try:
            await outbox.send(commands, document)
        except DependencyDown:
            assert await database[audit.COLLECTION].count_documents({}) == 0
        assert await outbox.sweep(commands) == 1
        await outbox.send(commands, document)
        assert log.sent == [command.id, command.id]
        [entry] = await database[audit.COLLECTION].find({}).to_list()
        assert (entry["_id"], entry["type"], entry["subject"]) == (command.id, command.type, command.subject)
        assert not await audit.append(database, command)
        await client.close()

    asyncio.run(scenario())


def test_an_entry_says_who_decided_and_of_models_what(mongodb_url: str, mongo_db: str) -> None:
    move = ModelPromoted(seq=1, adapter=None, previous="", move=Move.ROLLED_BACK, who="Dr Li", why="it was worse")
    rolled = topics.PROMOTIONS.event(move, key="1", subject="1", source="registry")
    gone = SourceWithdrawn(source_id="s", who="Dr Wu", when="2026-01-01T00:00:00Z", why="asked by the patient")
    withdrawn = topics.WITHDRAWALS.event(gone, key="s", subject="s", source="front-door")

    async def scenario() -> None:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb_url)
        entries = client[mongo_db][audit.COLLECTION]
        for one in (rolled, withdrawn):
            await audit.append(client[mongo_db], one)
        first, second = [await entries.find_one({"_id": one.id}) for one in (rolled, withdrawn)]
        assert first is not None
        assert (first["who"], first["content"]["why"]) == ("Dr Li", "it was worse")
        assert second is not None
        assert second["who"] == "Dr Wu"
        assert "content" not in second
        await client.close()

    asyncio.run(scenario())


def test_an_entry_of_a_source_holds_nothing_of_what_the_event_says(mongodb_url: str, mongo_db: str) -> None:
    async def scenario() -> None:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb_url)
        await audit.append(client[mongo_db], event("sources", 2))
        [entry] = await client[mongo_db][audit.COLLECTION].find({}).to_list()
        assert entry.keys() == {"_id", "type", "subject", "by", "told", "written"}
        await client.close()

    asyncio.run(scenario())
