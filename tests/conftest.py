"""What every test may ask for: real servers, started once a session when the first test asks."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spinestream.embedded import Servers
from streams.broker import Broker, BrokerSettings
from streams.publisher import Publisher

if TYPE_CHECKING:
    from tests.secured.servers import SecuredServers

IN_MEMORY = Path("/dev/shm")
"""Where the data of the session's servers is kept if there is room: most tests wait for a disk otherwise."""
ROOM = 4 << 30


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredServers]:
    """Kafka, MongoDB and Redis with TLS and users, for those who ask for them: `tests.secured`."""
    # What makes certificates is loaded where they are made.
    from tests.secured.servers import SecuredServers

    with SecuredServers(tmp_path_factory.mktemp("secured")) as running:
        yield running


@pytest.fixture(scope="session")
def servers(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Servers | SecuredServers]:
    """Kafka, MongoDB and Redis of this session; `servers.addresses` has all logins. They are those with TLS where the
    environment says `TEST_SERVERS=secured` (`make prove ROWS=tls`)."""
    if os.environ.get("TEST_SERVERS") == "secured":
        yield request.getfixturevalue("secured")
        return
    in_memory = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM
    with (
        tempfile.TemporaryDirectory(
            prefix="spinestream-tests-",
            dir=IN_MEMORY if in_memory else tmp_path_factory.getbasetemp(),
            ignore_cleanup_errors=True,
        ) as folder,
        Servers(Path(folder)) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def mongodb_url(servers: Servers) -> str:
    """`mongodb://user:password@127.0.0.1:port/?directConnection=true&replicaSet=rs0`."""
    return servers.addresses.mongodb


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    """`redis://:password@127.0.0.1:port/0`. Shared by the session: use keys of your own (`topic_prefix`)."""
    return servers.addresses.redis


@pytest.fixture(scope="session")
def kafka_address(servers: Servers) -> str:
    """Bootstrap servers, `127.0.0.1:port`. The broker asks for a login: see `kafka_login`."""
    return servers.addresses.kafka


@pytest.fixture(scope="session")
def kafka_login(servers: Servers) -> tuple[str, str]:
    """User and password on the broker: SASL_PLAINTEXT with SCRAM-SHA-256."""
    return servers.addresses.kafka_user, servers.addresses.kafka_password


@pytest.fixture(scope="session")
def kafka_settings(servers: Servers) -> dict[str, str]:
    """Keyword arguments for any kafka-python client: bootstrap servers and login."""
    return servers.addresses.kafka_settings()


@pytest.fixture
def mongo_db(mongodb_url: str) -> Iterator[str]:
    """A database name of this test alone on the server of `mongodb_url`; dropped afterwards.

    A name and not a client: an `AsyncMongoClient` belongs to the event loop in which it was made.
    """
    from pymongo import MongoClient

    name = f"test_{uuid.uuid4().hex[:16]}"
    yield name
    with MongoClient[dict[str, object]](mongodb_url) as client:
        client.drop_database(name)


@pytest.fixture
def topic_prefix() -> str:
    """A prefix of this test alone, for topics, groups and Redis keys."""
    return f"t{uuid.uuid4().hex[:12]}."


@pytest.fixture
def broker(servers: Servers, topic_prefix: str) -> Broker:
    """A broker client whose topics and groups are this test's alone, topics created."""
    login = servers.addresses.kafka_fields()
    made = Broker(BrokerSettings.model_validate({**login, "prefix": topic_prefix, "session_timeout_ms": 6_000}))
    made.ensure_topics()
    return made


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    """A publisher on that broker."""
    made = Publisher(broker)
    yield made
    made.close()


def pytest_report_header(config: pytest.Config) -> str:
    """Say which tests are left out, and where they are run."""
    return "tests marked `long` (engines in processes of their own) are run by `make prove ROWS=engines`"
