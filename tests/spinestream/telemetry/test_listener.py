"""The page of a role's process: numbers, and whether it lives and serves, asked about progress."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from spinestream.errors import UNUSABLE
from spinestream.telemetry.health import BEAT_SECONDS, Health
from spinestream.telemetry.listener import ListenerRefused
from spinestream.telemetry.settings import TelemetrySettings
from spinestream.telemetry.setup import Shown, of_process, shown
from spinestream.workdir import Workdir
from streams.telemetry import metering, standing
from streams.telemetry.instruments import SENT
from tests.streams.telemetry.test_standing import Counts, Standing

LOOPBACK = TelemetrySettings(listen="127.0.0.1:0")


def ask(place: Workdir, path: str) -> tuple[int, str]:
    told = json.loads(place.telemetry_file("store").read_text())
    assert told["pid"] == os.getpid()
    try:
        with urlopen(f"http://{told['host']}:{told['port']}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    return Workdir.open(tmp_path / "W")


def test_off_nothing_listens_and_nothing_is_counted(place: Workdir) -> None:
    with shown(TelemetrySettings(), "store", place) as telemetry:
        assert telemetry.numbers is None
        assert of_process() is telemetry
        assert not metering.on()
        assert not place.telemetry_file("store").exists()
    assert of_process() is None


def test_metrics(place: Workdir) -> None:
    with shown(LOOPBACK, "store", place) as telemetry:
        metering.count(SENT, 3, "drafted")
        status, text = ask(place, "/metrics")
        assert status == 200
        assert 'messaging_client_sent_messages_total{messaging_destination_name="drafted"} 3.0' in text
        assert "otel_scope" not in text
        assert "target_info" not in text
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            thread = threading.Thread(target=loop.run_forever)
            thread.start()

            async def more() -> bytes:
                return b"spinestream_more 1.0\n"

            telemetry.also(loop, more)
            try:
                assert ask(place, "/metrics")[1].endswith("spinestream_more 1.0\n")
            finally:
                loop.call_soon_threadsafe(loop.stop)
                thread.join()
    assert not metering.on()


def test_ready_once_the_role_serves_and_until_it_leaves(place: Workdir) -> None:
    serves = False
    with shown(LOOPBACK, "store", place) as telemetry:
        assert ask(place, "/ready") == (503, "the role is starting\n")
        assert ask(place, "/live") == (200, "alive\n")
        telemetry.health.serves(lambda: serves)
        telemetry.health.beat()
        assert ask(place, "/ready")[0] == 503
        serves = True
        assert ask(place, "/ready") == (200, "ready\n")
        telemetry.health.leave()
        assert ask(place, "/ready") == (503, "the role is leaving\n")
        assert ask(place, "/live")[0] == 200
        assert ask(place, "/")[0] == 404


def test_alive_asks_about_progress(place: Workdir) -> None:
    stuck = Standing(running=3, counts=Counts(last_settled=-10_000, busy_since=-10_000), group="intake")
    with shown(LOOPBACK, "store", place) as telemetry:
        telemetry.health.beat()
        assert ask(place, "/live")[0] == 200
        standing.watch(stuck)
        try:
            status, told = ask(place, "/live")
            assert status == 503
            assert "stage intake has 3 records in hand" in told
            stuck.counts.waiting_for = "kafka"
            assert ask(place, "/live")[0] == 200
        finally:
            standing.forget(stuck)


def test_a_loop_that_does_not_come_round_is_not_alive() -> None:
    now = 100.0
    health = Health(lambda: now)
    assert not health.troubles()
    health.beat()
    now += BEAT_SECONDS
    assert not health.troubles()
    now += 1
    assert health.troubles() == ["the loop of the process has not come round for 61 s"]


def test_a_place_that_is_taken_is_told_and_nothing_is_left_behind(place: Workdir, tmp_path: Path) -> None:
    with shown(LOOPBACK, "store", place):
        port = json.loads(place.telemetry_file("store").read_text())["port"]
        other = Workdir.open(tmp_path / "other")
        taken = TelemetrySettings(listen=f"127.0.0.1:{port}")
        told = f"127.0.0.1:{port}.*port 0"
        with pytest.raises(ListenerRefused, match=told) as refused, shown(taken, "web", other):
            pytest.fail("it must not listen")
        assert refused.value.exit_code == UNUSABLE
        assert isinstance(of_process(), Shown)
