"""Start, stop, kill: the data stays, the addresses stay, and a login is needed."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
import redis
from embedded_probes import pids, read, wait_for, write
from kafka import KafkaAdminClient
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from spinestream.embedded import SERVER_NAMES, NotStarted, Servers, status


def test_a_restart_keeps_data_and_addresses(tmp_path: Path) -> None:
    servers = Servers(tmp_path, environ={})
    with pytest.raises(NotStarted):
        _ = servers.addresses
    with servers:
        first = servers.addresses
        for name in SERVER_NAMES:
            write(name, first, "before")
        running = pids(tmp_path)
        assert set(running) == set(SERVER_NAMES)
    assert pids(tmp_path) == {}
    assert not any(Path(f"/proc/{pid}").exists() for pid in running.values())
    with servers:
        assert servers.addresses == first
        for name in SERVER_NAMES:
            assert read(name, first) == ["before"]


@pytest.mark.parametrize("name", SERVER_NAMES)
def test_a_killed_server_comes_back_with_its_data(own: Servers, name: str) -> None:
    addresses = own.addresses
    assert own.ensure() == []
    write(name, addresses, "acked")
    before = pids(own.workdir)
    os.kill(before[name], signal.SIGKILL)
    back: list[str] = []
    wait_for(lambda: back.extend(own.ensure()) or back, f"{name} is back")
    assert back == [name]
    assert own.addresses == addresses
    assert read(name, addresses) == ["acked"]
    after = pids(own.workdir)
    assert after[name] != before[name]
    assert {other: pid for other, pid in after.items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }


def test_looking_costs_next_to_nothing_while_all_is_well(own: Servers) -> None:
    started = time.perf_counter()
    for _ in range(100):
        assert own.ensure() == []
    assert time.perf_counter() - started < 1.0


def test_redis_refuses_a_client_without_password(own: Servers) -> None:
    place = own.addresses.redis.rpartition("@")[2]
    for url, error in ((f"redis://{place}", redis.AuthenticationError), (f"redis://:wrong@{place}", redis.RedisError)):
        with redis.Redis.from_url(url) as client, pytest.raises(error):
            client.ping()


def test_mongodb_refuses_a_client_without_password(own: Servers) -> None:
    place = own.addresses.mongodb.rpartition("@")[2]
    for login in ("", "spinestream:wrong@"):
        with MongoClient(f"mongodb://{login}{place}") as client, pytest.raises(OperationFailure):
            client.kept.kept.find_one()


@pytest.mark.parametrize(
    "login", [{}, {"sasl_plain_password": "wrong"}, {"sasl_mechanism": "PLAIN", "sasl_plain_password": "w"}]
)
def test_kafka_refuses_a_client_without_password(own: Servers, login: dict[str, str]) -> None:
    settings = {**own.addresses.kafka_settings(), **login} if login else {"bootstrap_servers": own.addresses.kafka}
    with pytest.raises(Exception, match=r"[Bb]ootstrap|[Aa]uthentication"):  # noqa: SIM117
        with contextlib.closing(
            KafkaAdminClient(**settings, bootstrap_timeout_ms=700, request_timeout_ms=700)
        ) as client:
            client.list_topics()


def test_secrets_lie_in_private_files_and_nowhere_else(own: Servers) -> None:
    folder = own.workdir / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    assert {path.name for path in files} == {"kafka", "mongodb", "mongodb.key", "redis"}
    secrets = [path.read_text().strip() for path in files]
    for path in [*files, own.workdir / "servers" / "state.json"]:
        assert path.stat().st_mode & 0o777 == 0o600
    for secret in secrets:
        assert len(secret) >= 40
        assert secret not in repr(own) + repr(own.addresses) + (own.workdir / "servers" / "state.json").read_text()
    for pid in pids(own.workdir).values():
        for exposed in ("cmdline", "environ"):
            text = Path(f"/proc/{pid}/{exposed}").read_text(errors="replace")
            assert not any(secret in text for secret in secrets)
    holders = set()
    for path in (own.workdir / "servers").rglob("*"):
        if path.is_file() and "data" not in path.parts:
            text = path.read_text(errors="replace")
            if any(secret in text for secret in secrets):
                holders.add(path.name)
                assert path.stat().st_mode & 0o777 == 0o600
    assert holders <= {"redis.conf", "server.properties"}


def test_status_tells_who_runs_what(own: Servers, tmp_path: Path) -> None:
    for server in status(own.workdir):
        assert server.ready
        assert server.owner_pid == os.getpid()
        assert 20_000 <= server.port < 30_000
    assert [(server.port, server.pid, server.ready) for server in status(tmp_path)] == [(0, 0, False)] * 3
