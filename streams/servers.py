"""Clients of MongoDB and Redis, made in one place from one URL each: address, login, TLS.

A URL may name the *file* of its password (`passwordFile`, an option of ours): such a URL holds no secret, so it may
cross to another machine, which reads its own file. TLS is said by the options of the client libraries
(`tls`, `tlsCAFile`, `tlsCertificateKeyFile`; `rediss://`, `ssl_ca_certs`, `ssl_certfile`, `ssl_keyfile`).
"""

from __future__ import annotations

from typing import Any

import redis
import redis.asyncio
from pymongo import AsyncMongoClient
from redis.credentials import CredentialProvider

from streams.logins import read_secret
from streams.server_url import PASSWORD_FILE, ServerUrl


def mongo_client(url: str, **options: Any) -> AsyncMongoClient[dict[str, Any]]:
    """Return a client whose writes are in the journal of a majority when they return; `options` are pymongo's.

    A password's file is read now: a new password is used by the next client. Raises LoginUnusable when it cannot be.
    """
    at = ServerUrl.read(url)
    file = at.option(PASSWORD_FILE)
    login: dict[str, Any] = {}
    if file:
        login = {"username": at.user, "password": read_secret(file, "the password file of MongoDB")}
        url = at.without_login().text
    return AsyncMongoClient(url, **{"w": "majority", "journal": True, **login, **options})


def redis_client(url: str, **options: Any) -> redis.asyncio.Redis:
    """Return an asyncio client; a password's file is read again at every new connection. `options` are redis-py's."""
    url, login = _redis_login(url)
    client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(url, **login, **options)
    return client


def blocking_redis_client(url: str, **options: Any) -> redis.Redis:
    """Return a client that blocks, else like `redis_client`."""
    url, login = _redis_login(url)
    client: redis.Redis = redis.Redis.from_url(url, **login, **options)
    return client


def _redis_login(url: str) -> tuple[str, dict[str, Any]]:
    at = ServerUrl.read(url)
    file = at.option(PASSWORD_FILE)
    if not file:
        return url, {}
    return at.without_login().text, {"credential_provider": FileLogin(at.user, file)}


class FileLogin(CredentialProvider):
    """User and password for Redis, read from a file whenever a connection is made."""

    def __init__(self, user: str, file: str) -> None:
        self._user = user
        self._file = file

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return (user, password), or (password,) for the default user; raises LoginUnusable."""
        password = read_secret(self._file, "the password file of Redis")
        return (self._user, password) if self._user else (password,)

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """Return the same; a secret's file is small and local."""
        return self.get_credentials()
