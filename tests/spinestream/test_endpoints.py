"""Addresses are printed without logins, and those of running servers are found without starting any."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinestream.embedded import Addresses, Servers, status
from spinestream.endpoints import addresses_now, endpoints
from spinestream.workdir import Workdir

SECRET = Addresses(
    kafka="k1:9092,k2:9092",
    kafka_user="u",
    kafka_password="p4ss",
    mongodb="mongodb://u:p4ss@m1:27017,m2:27017/?replicaSet=rs0",
    redis="rediss://:p4ss@r:6379/0",
)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA", "MONGODB", "REDIS"):
        monkeypatch.delenv(f"SPINESTREAM_{name}", raising=False)


def test_no_login_is_told(tmp_path: Path) -> None:
    found = endpoints(Workdir(tmp_path), SECRET)
    assert found == {
        "kafka": "k1:9092,k2:9092",
        "mongodb": "m1:27017,m2:27017",
        "redis": "r:6379",
        "web": None,
        "metrics": None,
        "dicom": None,
        "credentials": str(tmp_path / "secrets"),
    }
    assert "p4ss" not in str(found)


def test_a_socket_is_told_by_its_path_and_what_is_not_there_as_none(tmp_path: Path) -> None:
    found = endpoints(Workdir(tmp_path), Addresses(redis="unix:///run/redis.sock"))
    assert (found["redis"], found["kafka"], found["mongodb"]) == ("/run/redis.sock", None, None)


def test_servers_of_the_environment_have_their_logins_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_MONGODB", SECRET.mongodb)
    place = Workdir.open(tmp_path / "W")
    assert addresses_now(place).mongodb == SECRET.mongodb
    assert endpoints(place, SECRET)["credentials"] == "the environment"


def test_running_servers_are_found_and_none_is_started(tmp_path: Path) -> None:
    place = Workdir.open(tmp_path / "W")
    assert addresses_now(place) == Addresses()
    with Servers(place.root, only=("redis",)) as servers:
        assert addresses_now(place).redis == servers.addresses.redis
        assert addresses_now(place).mongodb == ""
    assert addresses_now(place) == Addresses()
    assert [one.name for one in status(place.root) if one.pid] == []
