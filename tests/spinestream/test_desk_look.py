"""The survey in the desk's terms, and where the desk listens."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from review_bridge.counts import SampleCounts
from review_bridge.desk.pipeline import KindRow, ProcessRow, StageRow
from spinestream.desk_look import pipeline_of
from spinestream.embedded import Addresses, ServerStatus
from spinestream.endpoints import endpoints
from spinestream.running.kinds import KindStanding
from spinestream.running.report import Standing
from spinestream.seat import Holder
from spinestream.survey import StageView, StoreView, Survey
from spinestream.web_file import WebNote, last_port, web_told, write_note
from spinestream.workdir import Workdir
from streams.controls import Paused


def _standing() -> Standing:
    samples = SampleCounts(1, 2, 3, 4, 5, 6, 7, 8, {}, 2, {"timeout": 2}, open=3)
    return Standing(9, 0, 20, 40, 0, samples, 8, 0, {})


def _survey(view: StoreView | None) -> Survey:
    holder = Holder(pid=1, started=2, command="up", roles=("store",), step="running", starts={"store": 3})
    servers = (ServerStatus("kafka", 9092, 7, True, 1), ServerStatus("redis", 0, 0, False, 0))
    places = {"kafka": "127.0.0.1:9092", "mongodb": "db:27017", "redis": None}
    return Survey(places, holder, servers, {"store": 11}, None, {}, view)


def test_everything_that_status_shows_is_there() -> None:
    paused = Paused(who="Dr Li", when="2026-11-24T10:00:00Z", why="a new model")
    view = StoreView(
        stages={"intake": StageView(0, None, 1.5, None), "draft": StageView(12, 4, 0.25, paused)},
        standing=_standing(),
        kinds=(KindStanding("mcq", "en", 10, 6, 2, 1),),
        budget=None,
        paused={},
    )
    found = pipeline_of(_survey(view))
    assert found.doing == "up: running"
    assert found.stages == (
        StageRow("intake", 0, None, 1.5, ""),
        StageRow("draft", 12, 4, 0.25, "paused by Dr Li: a new model"),
    )
    assert found.kinds == (KindRow("mcq", "en", 10, 6, 2, 1),)
    assert found.processes == (
        ProcessRow("kafka", "up", None),
        ProcessRow("mongodb", "elsewhere", None),
        ProcessRow("redis", "down", None),
        ProcessRow("role store", "up", 3),
    )
    assert (found.counts["queued"], found.counts["rejected"], found.counts["dead"]) == (3, 7, 2)
    assert found.counts["sources"] == 9


def test_without_a_store_there_are_processes_only() -> None:
    found = pipeline_of(_survey(None))
    assert (found.counts, found.stages, found.kinds) == ({}, (), ())
    assert len(found.processes) == 4


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")])
def test_the_address_of_the_desk(host: str, address: str) -> None:
    assert WebNote(pid=1, host=host, port=80).address == address


def test_a_desk_that_is_no_more_has_no_address_but_its_port_is_remembered(tmp_path: Path) -> None:
    place = Workdir.open(tmp_path / "W")
    assert (web_told(place), last_port(place)) == (None, 0)
    write_note(place, WebNote(pid=os.getpid(), host="127.0.0.1", port=8123))
    assert endpoints(place, Addresses())["web"] is None
    # Role processes lead sessions of their own.
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as role:
        write_note(place, WebNote(pid=role.pid, host="127.0.0.1", port=8123))
        place.roles_file.write_text(json.dumps({"store": 1, "web": role.pid}))
        assert endpoints(place, Addresses())["web"] == "http://127.0.0.1:8123"
        role.kill()
    assert endpoints(place, Addresses())["web"] is None
    place.roles_file.write_text('{"store": 1, "web": 1}')
    assert endpoints(place, Addresses())["web"] is None
    assert last_port(place) == 8123
    place.web_file.write_text("damaged")
    assert last_port(place) == 0
