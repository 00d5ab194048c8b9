"""Looks at each server once, step by step as a client would: connection, TLS, login, rights. What is wrong is told with
what to look at; a client's own library would call most of it a time-out."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from pymongo.errors import OperationFailure, PyMongoError
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from actors.usage import KEY
from spinestream.embedded import Addresses
from spinestream.settings import Settings
from spinestream.wiring import blobs_url, broker_settings, s3_settings
from spinestream.workdir import Workdir
from streams.blobs import BlobStore
from streams.broker import Broker
from streams.errors import DependencyDown, StreamsError
from streams.object_store import is_s3
from streams.server_url import ServerUrl
from streams.servers import blocking_redis_client, mongo_client

PATIENCE = 5.0
"""Seconds that each step may take."""
_QUIET = 0.5
"""Seconds in which a server that misses a client's certificate says so."""
_NOT_PERMITTED = 13
_LOGIN_REFUSED = 18


class Reach(NamedTuple):
    """What came of looking at one server."""

    server: str
    place: str
    """host:port, several with commas; a folder or a bucket."""
    ok: bool
    told: str
    """What was found, or what is wrong and what to look at; no secret."""


class _Fault(Exception):
    """What is wrong."""


def look(workdir: Workdir, settings: Settings, addresses: Addresses) -> list[Reach]:
    """Look at broker, store and queue, where there is an address, and at the blob store; nothing is made or changed.

    Takes some seconds where one is away.
    """
    store, cache = ServerUrl.read(addresses.mongodb), ServerUrl.read(addresses.redis)
    blobs = blobs_url(workdir, settings)
    asked: list[tuple[str, str, Callable[[], str]]] = [
        ("kafka", addresses.kafka, lambda: _kafka(addresses)),
        ("mongodb", store.place, lambda: _mongodb(addresses.mongodb, settings.database)),
        ("redis", cache.place or cache.path, lambda: _redis(addresses.redis)),
        ("blobs", blobs, lambda: _blobs(workdir, settings)),
    ]
    return [_looked(server, place, check) for server, place, check in asked if place]


def _looked(server: str, place: str, check: Callable[[], str]) -> Reach:
    try:
        return Reach(server, place, True, check())
    except (_Fault, StreamsError) as fault:
        return Reach(server, place, False, str(fault).removesuffix("; waiting for it"))


def _kafka(addresses: Addresses) -> str:
    settings = broker_settings(addresses)
    name = "SPINESTREAM_KAFKA"
    _connect(settings.bootstrap, 9092, _read(settings.tls, name), name)
    broker = Broker(settings.model_copy(update={"connect_timeout_ms": int(PATIENCE * 1000)}))
    try:
        missing = broker.missing_topics()
    except DependencyDown as down:
        raise _Fault(
            f"it answers and does not let us in: see {name}_USERNAME, its password and {name}_MECHANISM, and that this "
            f"port takes {settings.protocol}"
        ) from down
    finally:
        broker.close()
    told = f"{settings.protocol}{f', as {settings.username}' if settings.username else ''}"
    return f"{told}; {len(missing)} topics are missing: `spinestream config apply` makes them" if missing else told


def _mongodb(url: str, database: str) -> str:
    at, name = ServerUrl.read(url), "SPINESTREAM_MONGODB"
    secured = at.scheme.endswith("srv") or "true" in (at.option("tls").lower(), at.option("ssl").lower())
    files = (at.option("tlsCAFile"), at.option("tlsCertificateKeyFile"))
    context = _read(lambda: _trusting(*files), name) if secured else None
    if not at.scheme.endswith("srv"):
        _connect(at.place, 27017, context, name)

    async def ask() -> dict[str, Any]:
        client = mongo_client(url, serverSelectionTimeoutMS=int(PATIENCE * 1000))
        try:
            await client[database].list_collection_names()
            return dict(await client.admin.command("hello"))
        finally:
            await client.close()

    try:
        found = asyncio.run(ask())
    except OperationFailure as error:
        if error.code == _LOGIN_REFUSED:
            raise _Fault(
                f"the login is refused: see {name}_USERNAME, its password, and authSource of the URL"
            ) from error
        if error.code == _NOT_PERMITTED:
            raise _Fault(f"the user may not use database {database}: give it readWrite and dbAdmin there") from error
        raise _Fault(f"it answers with server code {error.code}") from error
    except PyMongoError as error:
        raise _Fault(
            f"it answers and no primary is found ({type(error).__name__}): see replicaSet in the URL, whether its "
            f"members are reached from here by the names they have, and whether it wants TLS ({name}_CA_FILE)"
        ) from error
    if not found.get("setName"):
        raise _Fault("it is no replica set, and there would be no transactions: start it as one")
    return f"{'TLS' if secured else 'without TLS'}{f', as {at.user}' if at.user else ''}"


def _redis(url: str) -> str:
    at, name = ServerUrl.read(url), "SPINESTREAM_REDIS"
    secured = at.scheme == "rediss"
    if at.place:
        files = (at.option("ssl_ca_certs"), at.option("ssl_certfile"), at.option("ssl_keyfile"))
        _connect(at.place, 6379, _read(lambda: _trusting(*files), name) if secured else None, name)
    try:
        with blocking_redis_client(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as client:
            client.exists(KEY)
    except NoPermissionError as error:
        raise _Fault("the user may not use our keys: allow ~spinestream:*") from error
    except AuthenticationError as error:
        raise _Fault(f"the login is refused: see {name}_USERNAME and its password") from error
    except RedisError as error:
        hint = "" if secured else ", and whether it wants TLS (rediss://)"
        raise _Fault(f"it answers and does not let us in ({type(error).__name__}): see its password{hint}") from error
    return f"{'TLS' if secured else 'without TLS'}{f', as {at.user}' if at.user else ''}"


def _blobs(workdir: Workdir, settings: Settings) -> str:
    url = blobs_url(workdir, settings)
    BlobStore(url, s3_settings(workdir, settings)).check()
    if is_s3(url) or "://" in url:
        return "may be listed" if is_s3(url) else "not looked at"
    there = next(folder for folder in (Path(url), *Path(url).parents) if folder.exists())
    if not os.access(there, os.W_OK):
        raise _Fault(f"{there} cannot be written to by this user")
    return "a folder"


def _read(context: Callable[[], ssl.SSLContext | None], name: str) -> ssl.SSLContext | None:
    """Return a context; raises the fault of files that are no certificates, or of a key that is another's."""
    try:
        return context()
    except OSError as error:
        why = getattr(error, "reason", None) or error.strerror
        raise _Fault(
            f"a file of certificates cannot be used ({why}): see {name}_CA_FILE, "
            "and where there is one the certificate and its key (PEM, no passphrase)"
        ) from error


def _trusting(ca_file: str, certificate: str = "", key: str = "") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def _connect(places: str, default_port: int, context: ssl.SSLContext | None, name: str) -> None:
    """Reach one of several hosts, and agree on TLS with it; raises the fault of the last where none is reached."""
    fault = _Fault("no host is named")
    for place in places.split(","):
        host, colon, port = place.rpartition(":")
        try:
            _connect_to(host if colon else place, int(port) if colon else default_port, context, name)
        except _Fault as missed:
            fault = missed
        else:
            return
    raise fault


def _connect_to(host: str, port: int, context: ssl.SSLContext | None, name: str) -> None:
    where = f"{host}:{port}"
    try:
        plain = socket.create_connection((host.strip("[]"), port), timeout=PATIENCE)
    except OSError as error:
        raise _Fault(f"nobody answers at {where} ({error.strerror or error}): is it up, may we reach it?") from error
    with plain:
        if context is None:
            return
        try:
            with context.wrap_socket(plain, server_hostname=host.strip("[]")) as secured:
                _hear_out(secured)
        except ssl.SSLCertVerificationError as error:
            why = error.verify_message
            raise _Fault(f"the certificate of {where} is not trusted ({why}): see {name}_CA_FILE") from error
        except ssl.SSLError as error:
            raise _Fault(
                f"{where} ends the TLS ({error.reason or 'closed'}): it takes none at this port, or asks for a "
                f"certificate of ours ({name}_CERTIFICATE_FILE, {name}_KEY_FILE, or in the URL)"
            ) from error
        except OSError as error:
            raise _Fault(f"{where} ends the connection when TLS begins: does it take TLS at this port?") from error


def _hear_out(secured: ssl.SSLSocket) -> None:
    """Let a server that misses a certificate of ours say so: with TLS 1.3 it does after the handshake."""
    secured.settimeout(_QUIET)
    try:
        secured.recv(1)
    except TimeoutError:
        return
