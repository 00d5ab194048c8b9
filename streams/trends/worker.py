"""The Faust worker: an agent over every topic of the registry, and timers beside it.

Faust brings the records and keeps the group together; what is counted lies in MongoDB. Off are its web server, its
tables, its topic creation and its acknowledgements: offsets are committed by us, after the facts are written. Its
library is loaded where a worker runs and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streams.broker import Broker, BrokerSettings
from streams.dependencies import as_dependency_down
from streams.errors import StreamsError
from streams.telemetry import standing
from streams.topics import REGISTRY
from streams.trends.facts import Facts
from streams.trends.made import Record
from streams.trends.progress import Partition, Progress, RecordsMissed
from streams.trends.standing import FactsStanding
from streams.trends.writer import FactWriter, Taken

log = logging.getLogger(__name__)

GROUP = "trends"
"""The consumer group. It has no dead letters: what is no event is counted as such."""
TOPICS = tuple(REGISTRY)
"""Every topic there is."""
AGAIN_AFTER = 1.0
"""Seconds until a worker that ended is made anew."""
LOOK_SECONDS = 20.0
"""Seconds between two looks at what waits and what was committed."""
STOP_SECONDS = 15.0
"""What Faust is given to leave; one that does not leave holds its partitions, so the process has to end."""


class WorkerStuck(StreamsError):
    """Faust does not leave: the process has to end, or its partitions stay where nobody reads them."""


class WorkerEnded(StreamsError):
    """Faust ended by itself."""


@dataclass(frozen=True, slots=True)
class Timer:
    """What is done again and again beside the facts."""

    seconds: float
    work: Callable[[], Awaitable[None]]


class TrendsWorker:
    """Runs Faust in the event loop that it is called in, and makes it anew where it ends."""

    def __init__(self, broker: Broker, facts: Facts, folder: Path, timers: Sequence[Timer] = ()) -> None:
        """`folder` is Faust's own; nothing that counts lies in it."""
        self._broker = broker
        self._facts = facts
        self._folder = folder
        self._timers = timers
        self._progress = Progress()
        self._standing = FactsStanding(GROUP)

    async def run(self, stop: asyncio.Event) -> None:
        """Write facts until `stop`; broker and store may be away meanwhile. Raises WorkerStuck."""
        standing.watch(self._standing)
        try:
            await self._again_and_again(stop)
        finally:
            standing.forget(self._standing)

    async def _again_and_again(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._ready()
                await self._once(stop)
            except (WorkerEnded, RecordsMissed) as ended:
                log.warning("trends: %s; it is made anew", ended)
            except Exception as error:
                down = as_dependency_down(error)
                if down is None:
                    raise
                log.warning("trends: %s", down)
                self._standing.away(down.dependency)
            await _unless(stop, AGAIN_AFTER)

    async def _ready(self) -> None:
        """Raise while broker or store are away: Faust would end again and again."""
        await asyncio.to_thread(self._broker.ensure_topics)
        await self._facts.prepare()

    async def _once(self, stop: asyncio.Event) -> None:
        app = new_app(self._broker, self._folder)
        writer = self._writer(app)
        _add_agent(app, self._broker, writer)
        for timer in self._timers:
            app.timer(timer.seconds)(timer.work)
        app.finalize()
        starting = asyncio.create_task(app.start(), name="faust")
        ending = asyncio.create_task(app.wait_until_stopped())
        writing, looking = asyncio.create_task(writer.run()), asyncio.create_task(self._look(writer))
        tasks = (starting, ending, writing, looking, asyncio.create_task(stop.wait()))
        try:
            await _first_of(*tasks)
            if not stop.is_set():
                raise WorkerEnded(f"Faust ended ({type(app.crash_reason).__name__})")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _leave(app)

    async def _look(self, writer: FactWriter) -> None:
        """Look how the facts stand, until cancelled."""
        before: int | None = None
        while True:
            try:
                states = (await asyncio.to_thread(self._broker.states, GROUP, TOPICS)).values()
            except Exception as error:
                down = as_dependency_down(error)
                if down is None:
                    raise
                self._standing.away(down.dependency)
            else:
                waiting = sum(max(0, one.end - max(one.committed or 0, one.start)) for one in states)
                settled = sum(one.committed or 0 for one in states)
                self._standing.saw(waiting, 0 if before is None else settled - before, writer.waiting_for)
                before = settled
            await asyncio.sleep(LOOK_SECONDS)

    def _writer(self, app: Any) -> FactWriter:
        async def starts() -> Mapping[Partition, int]:
            states = await asyncio.to_thread(self._broker.states, GROUP, TOPICS)
            return {partition: max(one.committed or 0, one.start) for partition, one in states.items()}

        async def commit(offsets: Mapping[Partition, int]) -> None:
            from faust.types import TP

            wire = {TP(self._broker.wire_name(topic), number): offset for (topic, number), offset in offsets.items()}
            # Faust commits what it acknowledged itself and offers no other way.
            await app.consumer._commit(wire)  # noqa: SLF001

        return FactWriter(self._facts, self._progress, lambda: int(app.consumer_generation_id), starts, commit)


def new_app(broker: Broker, folder: Path) -> Any:
    """Return a Faust application of the group, without agents."""
    import faust

    settings = broker.settings
    session = settings.session_timeout_ms / 1000
    return faust.App(
        broker.wire_name(GROUP),
        loop=asyncio.get_running_loop(),
        broker=";".join(f"kafka://{place}" for place in settings.bootstrap.split(",")),
        broker_credentials=credentials(settings),
        broker_session_timeout=session,
        broker_heartbeat_interval=max(0.3, session / 4),
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=10_000,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        datadir=folder,
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        web_enabled=False,
        autodiscover=False,
    )


def credentials(settings: BrokerSettings) -> Any:
    """Return how Faust logs in at the broker, None where it need not; it gets the same TLS as our other clients."""
    import faust

    secured = settings.tls()
    if settings.protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=settings.username,
            password=settings.secret(),
            mechanism=settings.mechanism,
            ssl_context=secured,
        )
    return faust.SSLCredentials(context=secured) if secured else None


def _add_agent(app: Any, broker: Broker, writer: FactWriter) -> None:
    names = [broker.wire_name(name) for name in TOPICS]
    every = app.topic(*names, key_type=bytes, value_type=bytes, acks=False, allow_empty=True)

    @app.agent(every, name=GROUP)  # type: ignore[untyped-decorator]
    async def read(stream: Any) -> None:
        async for event in stream.events():
            await writer.take(_taken(broker, event.message))


def _taken(broker: Broker, message: Any) -> Taken:
    record = Record(
        topic=broker.registry_name(message.topic),
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=tuple(message.headers or ()),
        stamp=datetime.fromtimestamp(message.timestamp or 0, UTC),
    )
    return Taken(record, int(message.generation_id or 0))


async def _first_of(starting: asyncio.Task[Any], *others: asyncio.Task[Any]) -> None:
    """Return when one of the others has ended, or `starting` with an error; raises what ended them."""
    waiting = {starting, *others}
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        if done != {starting}:
            return


async def _leave(app: Any) -> None:
    try:
        await asyncio.wait_for(app.stop(), STOP_SECONDS)
    except TimeoutError as error:
        raise WorkerStuck(f"Faust did not leave in {STOP_SECONDS:.0f} s; start the role again") from error


async def _unless(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
