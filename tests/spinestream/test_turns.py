"""Commands on one work folder at once: none loses a server that another was about to stop."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pymongo import MongoClient

from spinestream.turns import serving
from spinestream.workdir import Workdir


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    return Workdir.open(tmp_path / "W")


def _ping(url: str) -> None:
    with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=3000) as client:
        client.admin.command("ping")


def test_who_started_a_server_waits_for_who_uses_it(place: Workdir) -> None:
    attached, leave, order = threading.Event(), threading.Event(), []

    def second() -> None:
        with serving(place, ["mongodb"]) as servers:
            assert servers.owned == frozenset()
            attached.set()
            leave.wait(20)
            _ping(servers.addresses.mongodb)
            order.append("second done")

    with ThreadPoolExecutor(1) as pool:
        with serving(place, ["mongodb"]) as servers:
            assert servers.owned == {"mongodb"}
            done = pool.submit(second)
            assert attached.wait(20)
            threading.Timer(0.5, leave.set).start()
        order.append("first stopped")
        done.result()
    assert order == ["second done", "first stopped"]


def test_many_at_once_all_have_their_answer(place: Workdir) -> None:
    def one(number: int) -> None:
        time.sleep(number * 0.15)
        with serving(place, ["redis"] if number % 2 else ["redis", "mongodb"]) as servers:
            if servers.addresses.mongodb:
                _ping(servers.addresses.mongodb)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(one, range(5)))
