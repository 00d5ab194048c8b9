"""`servers check` says of each server what is wrong with it, and what to look at."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from spinestream.embedded import Addresses
from spinestream.reach import Reach, look
from spinestream.settings import Settings
from spinestream.workdir import Workdir
from streams.server_url import ServerUrl
from tests.secured.authority import Authority
from tests.secured.servers import SecuredServers
from tests.spinestream.cli.front_door import called


def looked(tmp_path: Path, addresses: Addresses) -> dict[str, Reach]:
    return {one.server: one for one in look(Workdir.open(tmp_path / "W"), Settings(database="looked"), addresses)}


@pytest.fixture
def nobody() -> Iterator[str]:
    """A place where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def test_servers_that_are_not_there_are_told_and_the_command_ends_with_three(
    nobody, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("SPINESTREAM_KAFKA", nobody)
    monkeypatch.setenv("SPINESTREAM_MONGODB", f"mongodb://u:hidden@{nobody}/")
    monkeypatch.setenv("SPINESTREAM_REDIS", f"redis://:hidden@{nobody}/0")
    answer = called("servers", "check", "--workdir", tmp_path / "W", "--json")
    assert answer.code == 3
    assert "hidden" not in answer.out
    found = {one["server"]: one for one in answer.json}
    assert {name: one["ok"] for name, one in found.items()} == {
        **dict.fromkeys(("kafka", "mongodb", "redis"), False),
        "blobs": True,
    }
    assert f"nobody answers at {nobody}" in found["redis"]["told"]
    told = called("servers", "check", "--workdir", tmp_path / "W")
    assert told.code == 3
    assert told.out.count("FAILS") == 3


def test_without_servers_to_look_at_it_is_a_wrong_use(tmp_path) -> None:
    assert called("servers", "check", "--workdir", tmp_path / "W").code == 2


@pytest.mark.long
def test_servers_that_can_be_used_are_told_with_tls_and_user(secured: SecuredServers, tmp_path) -> None:
    found = looked(tmp_path, secured.addresses)
    assert all(one.ok for one in found.values()), found
    assert "SASL_SSL, as spinestream" in found["kafka"].told
    assert "topics are missing" in found["kafka"].told
    assert found["mongodb"].told == "TLS, as spinestream"
    assert found["redis"].told == "TLS, as app"
    with MongoClient[dict[str, Any]](secured.addresses.mongodb) as client:
        assert "looked" not in client.list_database_names()


@pytest.mark.long
def test_each_way_of_not_being_let_in_is_told_with_what_to_look_at(secured: SecuredServers, tmp_path) -> None:
    at, strange = secured.addresses, str(Authority(tmp_path / "strange").ca)
    store, cache = ServerUrl.read(at.mongodb), ServerUrl.read(at.redis)
    plain_store = store.having({"tls": "", "tlsCAFile": ""})
    plain_cache = replace(cache, scheme="redis").having({"ssl_ca_certs": ""})
    plain = {"kafka_ca_file": "", "kafka_certificate_file": "", "kafka_key_file": ""}
    cases = [
        ("kafka", replace(at, kafka_password="hidden"), "does not let us in: see SPINESTREAM_KAFKA_USERNAME"),
        ("kafka", replace(at, kafka_ca_file=strange), "not trusted .*SPINESTREAM_KAFKA_CA_FILE"),
        ("kafka", replace(at, kafka_certificate_file="", kafka_key_file=""), "SPINESTREAM_KAFKA_CERTIFICATE_FILE"),
        ("kafka", replace(at, kafka_protocol="SASL_PLAINTEXT", **plain), "this port takes SASL_PLAINTEXT"),
        ("mongodb", replace(at, mongodb=replace(store, password="hidden").text), "the login is refused"),
        ("mongodb", replace(at, mongodb=store.having({"tlsCAFile": strange}).text), "not trusted"),
        ("mongodb", replace(at, mongodb=plain_store.text), "whether it wants TLS"),
        ("redis", replace(at, redis=replace(cache, password="hidden").text), "the login is refused"),
        ("redis", replace(at, redis=cache.having({"ssl_ca_certs": strange}).text), "not trusted"),
        ("redis", replace(at, redis=plain_cache.text), "whether it wants TLS"),
        ("redis", replace(at, redis=replace(cache, place=ServerUrl.read(secured.plain_redis).place).text), "ends the"),
    ]
    for server, addresses, told in cases:
        blank = Addresses(**{name: getattr(addresses, name) for name in _fields(server)})
        found = looked(tmp_path, blank)[server]
        assert not found.ok
        assert "hidden" not in found.told
        assert re.search(told, found.told), found.told


def _fields(server: str) -> list[str]:
    return [name for name in Addresses.__dataclass_fields__ if name.startswith(server)]


def test_a_file_that_is_no_certificate_is_told(nobody, tmp_path) -> None:
    odd = tmp_path / "ca.pem"
    odd.write_text("no certificate")
    found = looked(
        tmp_path,
        Addresses(
            kafka=nobody,
            kafka_protocol="SSL",
            kafka_ca_file=str(odd),
            mongodb=f"mongodb://{nobody}/?tls=true&tlsCAFile={odd}",
            redis=f"rediss://{nobody}/0?ssl_ca_certs={odd}",
        ),
    )
    for server in ("kafka", "mongodb", "redis"):
        assert f"see SPINESTREAM_{server.upper()}_CA_FILE" in found[server].told
        assert "None" not in found[server].told
