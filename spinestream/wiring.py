"""Puts the parts together: from addresses and settings to open connections and owners of state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from pymongo.asynchronous.database import AsyncDatabase

from actors.budget import Budget
from actors.pools.settings import PoolSettings, WorkerSettings
from actors.results import StageResults
from actors.routes import Routes
from actors.usage import Usage
from bench.items.versions import Versions
from review_bridge import ReviewQueue, SampleStore
from review_bridge.leases import Leases
from review_bridge.review import Review, Tell
from review_bridge.reviewers import Reviewers
from review_bridge.snapshots import Snapshots
from spinestream.embedded import Addresses
from spinestream.errors import SettingsWrong
from spinestream.settings import Settings, from_environment
from spinestream.telemetry.setup import traced
from spinestream.workdir import Workdir
from streams.blobs import BlobStore
from streams.broker import Broker, BrokerSettings
from streams.controls import Controls
from streams.deadletters import DeadLetters
from streams.errors import DependencyDown
from streams.intake.gateway.instances import Instances
from streams.intake.gateway.quarantine import Quarantine
from streams.object_store import S3Settings, is_s3
from streams.outbox import Documents, Outbox
from streams.publisher import Publisher
from streams.servers import mongo_client, redis_client
from streams.sources import Sources
from training.gate.decisions import GateDecisions
from training.registry import Registry
from training.runs import Runs

log = logging.getLogger(__name__)

FRONT_DOOR = "front-door"
"""What the spans of a command say of its process; a role names itself."""
SELECTION_MS = 10_000
"""How long a call waits for a MongoDB that does not answer: longer than an embedded one needs to come back."""


def broker_settings(addresses: Addresses) -> BrokerSettings:
    """Return how to reach the broker at these addresses."""
    return from_environment(BrokerSettings, **addresses.kafka_fields())


def blobs_url(workdir: Workdir, settings: Settings) -> str:
    """Return where the blob store is."""
    return settings.blobs or str(workdir.blobs)


def s3_settings(workdir: Workdir, settings: Settings) -> S3Settings | None:
    """Return how the blob store is reached where it is a bucket; raises SettingsWrong for a bucket's settings beside a
    folder, since bytes would go where nobody looks for them."""
    s3 = from_environment(S3Settings)
    url = blobs_url(workdir, settings)
    if is_s3(url):
        return s3
    if s3.given:
        named = ", ".join(s3.given)
        raise SettingsWrong([f"{named}: set, but blobs go to {url}: set SPINESTREAM_BLOBS to s3://bucket/path"])
    return None


def worker_settings(workdir: Workdir, settings: Settings, addresses: Addresses, pool: PoolSettings) -> WorkerSettings:
    """Return what an engine actor of a pool needs."""
    engine, engine_settings = settings.engine_of(pool)
    return WorkerSettings(
        broker=broker_settings(addresses),
        mongodb=addresses.mongodb,
        database=settings.database,
        redis=addresses.redis,
        blobs=blobs_url(workdir, settings),
        s3=s3_settings(workdir, settings),
        engine=engine,
        engine_settings=engine_settings,
        generation=settings.generation_settings(),
        reading=settings.reading,
        stages=pool.stages,
        in_flight=pool.in_flight,
        follow_route=pool.follow_route,
        share_compute=pool.share_compute,
    )


@dataclass(frozen=True)
class Parts:
    """The owners of state, on open connections."""

    workdir: Workdir
    database: AsyncDatabase[dict[str, Any]]
    blobs: BlobStore
    sources: Sources
    instances: Instances
    quarantine: Quarantine
    dead_letters: DeadLetters
    store: SampleStore
    snapshots: Snapshots
    versions: Versions
    runs: Runs
    registry: Registry
    gate: GateDecisions
    queue: ReviewQueue | None
    reviewers: Reviewers
    leases: Leases | None
    redis: redis.asyncio.Redis | None
    results: StageResults
    usage: Usage | None
    broker: Broker | None
    publisher: Publisher | None
    controls: Controls

    @property
    def budget(self) -> Budget | None:
        """The budget of the engines, where its counters are at hand."""
        return Budget(self.controls, self.usage) if self.usage else None

    @property
    def routes(self) -> Routes:
        """Which adapter the engines answer with."""
        return Routes(self.database)

    @property
    def outbox(self) -> Outbox | None:
        """Sends the events of commands, where there is a broker."""
        return Outbox(self.publisher) if self.publisher else None

    async def send(self, commands: Documents) -> bool:
        """Send the events of commands that are marked unsent; False where no broker is there to take them: the
        reconciler of the next run sends them."""
        if self.outbox is None:
            return False
        try:
            await self.outbox.sweep(commands)
        except DependencyDown as down:
            log.info("events of commands stay unsent: %s", down)
            return False
        return True

    async def tell_decisions(self) -> None:
        """Send the events of decisions that are marked unsent."""
        await self.send(self.store.decisions.documents)

    def review(self, tell: Tell | None = None, teller: str = "desk") -> Review:
        """Return what opens samples and decides on them; `tell` None sends the event of a decision at once. Needs the
        queue."""
        assert self.queue is not None
        assert self.leases is not None
        return Review(self.store, self.queue, self.leases, tell or self.tell_decisions, teller)

    async def prepare(self) -> None:
        """Look at the blob store, and create collections and indexes of every owner."""
        await asyncio.to_thread(self.blobs.check)
        owners = (self.sources, self.instances, self.quarantine, self.dead_letters, self.store, self.results)
        for owner in (*owners, self.versions, self.snapshots, self.runs, self.registry, self.gate, self.routes):
            await owner.prepare()


@asynccontextmanager
async def connected(workdir: Workdir, settings: Settings, addresses: Addresses) -> AsyncIterator[Parts]:
    """Open what `addresses` names; the broker and Redis may be absent (a command that needs the store only)."""
    # kafka-python tells of every connection, and warns of each while a broker comes back: `streams` logs what matters.
    logging.getLogger("kafka").setLevel(logging.ERROR)
    blobs = BlobStore(blobs_url(workdir, settings), s3_settings(workdir, settings))
    mongo = mongo_client(addresses.mongodb, serverSelectionTimeoutMS=SELECTION_MS)
    cache = redis_client(addresses.redis) if addresses.redis else None
    broker = Broker(broker_settings(addresses)) if addresses.kafka else None
    publisher = Publisher(broker) if broker else None
    database = mongo[settings.database]
    sources, store = Sources(database, blobs), SampleStore(database)
    spans = ExitStack()
    spans.enter_context(traced(settings.telemetry, FRONT_DOOR, workdir))
    try:
        yield Parts(
            workdir=workdir,
            database=database,
            blobs=blobs,
            sources=sources,
            instances=Instances(database),
            quarantine=Quarantine(database),
            dead_letters=DeadLetters(database),
            store=store,
            snapshots=Snapshots(database, blobs, store, sources, settings.datasets),
            versions=Versions(database, blobs, sources),
            runs=Runs(database),
            registry=Registry(database),
            gate=GateDecisions(database),
            queue=ReviewQueue(cache) if cache else None,
            reviewers=Reviewers(database),
            leases=Leases(cache, settings.web.lease_seconds) if cache else None,
            redis=cache,
            results=StageResults(database),
            usage=Usage(cache) if cache else None,
            broker=broker,
            publisher=publisher,
            controls=Controls(database),
        )
    finally:
        spans.close()
        if publisher:
            publisher.close()
        if broker:
            broker.close()
        if cache:
            await cache.aclose()
        await mongo.close()
