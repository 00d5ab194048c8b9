"""A real role process: ready once it serves, its numbers are in the catalogue, its log is objects."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from spinestream.embedded import Servers
from spinestream.settings import Settings, load, save
from spinestream.telemetry.catalogue import names
from spinestream.telemetry.settings import TelemetrySettings
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams.payloads import Wanted
from tests.streams.event_examples import source

SECONDS = 40


def until(condition: Callable[[], object], what: str) -> object:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {SECONDS} s in vain for {what}")


def page(place: Workdir, path: str) -> str:
    """Return a page of the role, empty while it does not answer with 200."""
    try:
        told = json.loads(place.telemetry_file("intake+store").read_text())
        with urlopen(f"http://127.0.0.1:{told['port']}{path}", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except (OSError, URLError):
        return ""


def _having(text: str, part: str) -> str:
    return text if part in text else ""


def test_a_role_process_shows_what_it_does(
    tmp_path: Path, servers: Servers, mongo_db: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPINESTREAM_KAFKA_PREFIX", topic_prefix)
    for name, value in servers.addresses.environment().items():
        monkeypatch.setenv(name, value)
    place = Workdir.open(tmp_path / "W")
    shown = TelemetrySettings(listen="127.0.0.1:0", sampled=1, file="spans.jsonl", json_logs=True)
    save(place, Settings(engine="scripted", database=mongo_db, telemetry=shown))

    async def register() -> None:
        async with connected(place, load(place), servers.addresses) as parts:
            await _register(parts)

    asyncio.run(register())
    command = [sys.executable, "-m", "spinestream", "role", "intake", "store", "--workdir", str(place.root)]
    with (tmp_path / "role.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            until(lambda: page(place, "/ready"), "the role to be ready")
            text = str(until(lambda: _having(page(place, "/metrics"), 'destination_name="passages"'), "a record sent"))
            assert page(place, "/live") == "alive\n"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    found = {one.name for family in text_string_to_metric_families(text) for one in family.samples}
    assert found <= names()
    assert {"spinestream_stage_running", "messaging_process_duration_seconds_bucket"} <= found
    assert 'messaging_consumer_group_name="intake"' in text
    spans = [json.loads(line) for line in (place.root / "spans.jsonl").read_text().splitlines()]
    assert {one["service"] for one in spans} == {"spinestream-front-door", "spinestream-intake+store"}
    assert len({one["trace"] for one in spans}) == 1
    assert {"take in source", "send sources", "process sources", "send passages"} <= {one["name"] for one in spans}
    lines = [json.loads(line) for line in (tmp_path / "role.log").read_text().splitlines()]
    assert all(one["role"] == "intake+store" for one in lines)


async def _register(parts: Parts) -> None:
    from generation.items import Kind
    from generation.sources import Language

    assert parts.broker is not None
    await asyncio.to_thread(parts.broker.ensure_topics)
    await parts.prepare()
    content = b"# A guide\n\nSagittal images show a disc extrusion at L4/L5 on the left.\n"
    wanted = (Wanted(kind=Kind.MCQ, language=Language.EN),)
    assert await parts.sources.register(source("guide", content), content, "guide.md", wanted, parts.outbox)
