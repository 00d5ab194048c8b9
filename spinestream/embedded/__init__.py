"""Real servers for one machine: Apache Kafka, MongoDB and Redis, from wheels and jars, without root or containers.

>>> from pathlib import Path
>>> from spinestream.embedded import Servers
>>> with Servers(Path("work")) as servers:  # doctest: +SKIP
...     print(servers.addresses)
"""

from spinestream.embedded.addresses import Addresses, read_kafka_url
from spinestream.embedded.environment import addresses_from_environment
from spinestream.embedded.errors import (
    AddressUnreadable,
    EmbeddedError,
    JarsUnavailable,
    LoginRefused,
    NotStarted,
    PackageMissing,
    ServerFailed,
    WorkdirUnusable,
)
from spinestream.embedded.jars import prepare
from spinestream.embedded.servers import Servers
from spinestream.embedded.starting import SERVER_NAMES
from spinestream.embedded.survey import ServerStatus, reap, status

__all__ = [
    "SERVER_NAMES",
    "AddressUnreadable",
    "Addresses",
    "EmbeddedError",
    "JarsUnavailable",
    "LoginRefused",
    "NotStarted",
    "PackageMissing",
    "ServerFailed",
    "ServerStatus",
    "Servers",
    "WorkdirUnusable",
    "addresses_from_environment",
    "prepare",
    "read_kafka_url",
    "reap",
    "status",
]
