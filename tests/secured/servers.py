"""Kafka, MongoDB and Redis with TLS and logins, together; the Redis of the wheel speaks no TLS and has a proxy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import redis

from spinestream.embedded import Addresses, Servers
from streams.server_url import ServerUrl
from tests.secured.authority import Authority
from tests.secured.kinds import SecuredKafka, SecuredMongoDB, running
from tests.secured.proxy import LOOPBACK, TlsProxy

REDIS_USER, REDIS_PASSWORD = "app", "a-password-of-tests"


class SecuredServers:
    """A context manager; `addresses` hold logins and certificates, `plain_redis` is the way round the proxy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.authority = Authority(folder / "certificates")
        self.addresses = Addresses()
        self.plain_redis = ""

    def __enter__(self) -> SecuredServers:
        try:
            with ThreadPoolExecutor(2) as pool:
                contexts = [
                    running(kind, self._folder / kind.name, self.authority) for kind in (SecuredKafka, SecuredMongoDB)
                ]
                begun = [pool.submit(self._stack.enter_context, one) for one in contexts]
                cache = self._redis()
                kafka, mongodb = (one.result() for one in begun)
        except BaseException:
            self._stack.close()
            raise
        self.addresses = kafka.joined(mongodb).joined(cache)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _redis(self) -> Addresses:
        found = self._stack.enter_context(Servers(self._folder / "redis", ["redis"], environ={})).addresses
        self.plain_redis = found.redis
        with redis.Redis.from_url(found.redis) as admin:
            admin.execute_command("ACL", "SETUSER", REDIS_USER, "on", f">{REDIS_PASSWORD}", "~*", "&*", "+@all")
        at = ServerUrl.read(found.redis)
        proxy = self._stack.enter_context(TlsProxy(int(at.place.rpartition(":")[2]), self.authority.server_context()))
        secured = replace(
            at, scheme="rediss", user=REDIS_USER, password=REDIS_PASSWORD, place=f"{LOOPBACK}:{proxy.port}"
        )
        return Addresses(redis=secured.having({"ssl_ca_certs": str(self.authority.ca)}).text)
