"""50,000 events while Faust workers are killed and come and go: every count is exact."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient

from spinestream.embedded import Servers, status
from spinestream.settings import Settings, save
from spinestream.wiring import broker_settings
from spinestream.workdir import Workdir
from streams.broker import Broker
from streams.publisher import Outgoing, Publisher
from streams.topics import REGISTRY, SAMPLE_TOPICS
from streams.trends.facts import UNREADABLE, Facts
from streams.trends.made import short_type
from streams.trends.windows import totals
from streams.trends.worker import GROUP
from tests.prove.row import Row, row
from tests.streams.trends.constructed import examples, told

EVENTS = 50_000
BATCH = 1_000
AGAIN = 50
"""One event in so many is told twice, as by a reconciler; one record a batch is no event."""
SECONDS = 400
AWAY = 12.0
"""Seconds that broker and store are away, once each."""
SESSION_MS = "6000"
"""A killed member holds its partitions for so long."""


class Workers:
    """Processes of the trends role of one work folder, the one that has run longest first."""

    def __init__(self, workdir: Workdir, environment: dict[str, str]) -> None:
        self._command = [sys.executable, "-m", "spinestream", "role", "trends", "--workdir", str(workdir.root)]
        self._environment = {**os.environ, **environment, "SPINESTREAM_KAFKA_SESSION_TIMEOUT_MS": SESSION_MS}
        self.log = workdir.logs / "trends.log"
        self._running: list[subprocess.Popen[bytes]] = []
        self.done: Counter[str] = Counter()

    def join(self) -> None:
        """Start one more."""
        with self.log.open("ab") as log:
            made = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        self._running.append(made)
        self.done["joined"] += 1

    def kill(self) -> None:
        """Kill one in mid-work, and start another."""
        first = self._running.pop(0)
        os.kill(first.pid, signal.SIGKILL)
        self.done["killed"] += first.wait() == -signal.SIGKILL
        self.join()

    def leave(self) -> None:
        """Ask one to leave."""
        first = self._running.pop(0)
        first.terminate()
        self.done["left"] += first.wait(60) == 0

    def end(self) -> None:
        """End those that run."""
        while self._running:
            self.leave()

    def check(self) -> None:
        """Raise where one ended by itself."""
        if ended := [one.returncode for one in self._running if one.poll() is not None]:
            raise RuntimeError(f"a worker ended with {ended}: {self.log.read_text(errors='replace')[-3000:]}")


@row("trends")
def trends(folder: Path) -> Row:
    """Publish, kill, let workers come and go, count."""
    result = Row(
        f"trends: {EVENTS:,} events, three kills and three rebalances of the Faust worker",
        "events of every topic from a source to a decision on real Kafka, some told twice, some records no events; "
        "role `trends` in processes of its own, killed and leaving at shares of what was counted; real MongoDB",
    )
    workdir = Workdir.open(folder / "W")
    save(workdir, Settings(engine="scripted"))
    with Servers(workdir.root) as servers:
        broker = Broker(broker_settings(servers.addresses))
        broker.ensure_topics()
        workers = Workers(workdir, servers.addresses.environment())
        asyncio.run(_prove(broker, servers, workers, result))
    anew = workers.log.read_text(errors="replace").count("it is made anew")
    result.say(f"Faust was made anew inside a worker, for what it left out or where it ended: {anew} times")
    return result


async def _prove(broker: Broker, servers: Servers, workers: Workers, result: Row) -> None:
    expected = _expected()
    async with AsyncMongoClient[dict[str, Any]](servers.addresses.mongodb) as client:
        database = client["spinestream"]
        began = time.monotonic()
        publishing = asyncio.create_task(_publish(broker))
        workers.join()
        try:
            for share, do in _shaking(workers):
                await _until(lambda share=share: _reached(database, share * EVENTS), workers, publishing)
                await asyncio.to_thread(do)
            await publishing
            await _until(lambda: _all_read(broker), workers, publishing)
            seconds = time.monotonic() - began
            found = await totals(database)
            for name in ("kafka", "mongodb"):
                await _without(name, broker, servers)
            await _until(lambda: _all_read(broker), workers, publishing)
        finally:
            await asyncio.to_thread(workers.end)
        later = await totals(database)
    wrong = {name: (found.get(name, 0), number) for name, number in expected.items() if found.get(name, 0) != number}
    counted = sum(found.values())
    told_again = EVENTS // AGAIN
    result.say(f"{EVENTS:,} events and {told_again:,} told again, {expected[UNREADABLE]} records that are no events")
    done = workers.done
    result.check(
        f"killed {done['killed']}, joined {done['joined']}, left {done['left']}",
        done["killed"] >= 3 and done["joined"] + done["left"] >= 6,
    )
    result.check(f"facts {counted:,}, by type as told: {not wrong} {wrong or ''}".rstrip(), found == expected)
    result.say(f"{seconds:.0f} s, {counted / seconds:,.0f} facts a second with all of it")
    more = sum(later.values()) - counted
    result.check(
        f"broker and store killed and away for {AWAY:.0f} s each: {more} of {2 * BATCH} more", more == 2 * BATCH
    )


def _shaking(workers: Workers) -> list[tuple[float, Callable[[], None]]]:
    """(share of the facts that are there, what is done then): three kills; a join, a leave and a join between them."""
    return [
        (0.10, workers.kill),
        (0.25, workers.join),
        (0.40, workers.kill),
        (0.55, workers.leave),
        (0.65, workers.join),
        (0.80, workers.kill),
    ]


def _expected() -> dict[str, int]:
    counts = Counter(short_type(SAMPLE_TOPICS[number % len(SAMPLE_TOPICS)]) for number in range(EVENTS))
    return {**counts, UNREADABLE: EVENTS // BATCH}


async def _publish(broker: Broker) -> None:
    publisher, made = Publisher(broker), examples()
    try:
        for first in range(0, EVENTS, BATCH):
            topics = (
                (number, SAMPLE_TOPICS[number % len(SAMPLE_TOPICS)].name) for number in range(first, first + BATCH)
            )
            batch = [told(name, made[name], f"subject {number}") for number, name in topics]
            garbage = Outgoing("decisions", b"k", f"no event {first}".encode(), ())
            await publisher.publish([*batch, *batch[::AGAIN], garbage])
    finally:
        await asyncio.to_thread(publisher.close)


async def _without(name: str, broker: Broker, servers: Servers) -> None:
    """Kill a server, leave it away for a while, bring it back; tell a batch before it dies or after it is back."""
    if name == "mongodb":
        await _tell(broker, EVENTS + BATCH)
    pid = next(one.pid for one in status(servers.workdir) if one.name == name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(AWAY)
    await asyncio.to_thread(servers.ensure)
    if name == "kafka":
        await _tell(broker, EVENTS)


async def _tell(broker: Broker, first: int) -> None:
    publisher, payload = Publisher(broker), examples()["planned"]
    try:
        await publisher.publish([told("planned", payload, f"subject {first + number}") for number in range(BATCH)])
    finally:
        await asyncio.to_thread(publisher.close)


async def _reached(database: Any, number: float) -> bool:
    return bool(await Facts(database).documents.estimated_document_count() >= number)


async def _all_read(broker: Broker) -> bool:
    return await asyncio.to_thread(broker.lag, GROUP, REGISTRY) == 0


async def _until(condition: Callable[[], Any], workers: Workers, publishing: asyncio.Task[None]) -> None:
    deadline = time.monotonic() + SECONDS
    while not await condition():
        if publishing.done():
            publishing.result()
        workers.check()
        if time.monotonic() > deadline:
            raise RuntimeError(f"it did not come about in {SECONDS} s; the log of the workers: {workers.log}")
        await asyncio.sleep(0.02)
