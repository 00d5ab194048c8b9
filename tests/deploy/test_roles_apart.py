"""Roles as compose.yaml starts them: a process each, one work folder, nobody above them; commands beside them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from spinestream.embedded import Servers
from tests.deploy.composed import env_file
from tests.deploy.places import DEPLOY, ROOT

SECONDS = 60
ROLES = ("store", "intake", "web")

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def until(condition: Callable[[], object], what: str) -> Any:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {SECONDS} s in vain for {what}")


@pytest.fixture
def given(
    compose: dict[str, Any], servers: Servers, mongo_db: str, topic_prefix: str, tmp_path: Path
) -> Callable[[str], dict[str, str]]:
    """Returns what a service is given, with the servers of this session in place of those of compose.yaml."""
    here = {
        **servers.addresses.environment(),
        "SPINESTREAM_DATABASE": mongo_db,
        "SPINESTREAM_KAFKA_PREFIX": topic_prefix,
        "SPINESTREAM_BLOBS": str(tmp_path / "blobs"),
        "SPINESTREAM_TELEMETRY__LISTEN": "127.0.0.1:0",
        "SPINESTREAM_ENGINE": "scripted",
    }

    def look(service: str) -> dict[str, str]:
        one = compose["services"][service]
        files = [ROOT / file["path"] for file in one["env_file"] if file.get("required", True)]
        told = {name: value for file in files for name, value in env_file(file).items()} | one["environment"] | here
        if service == "web":
            told |= {"SPINESTREAM_WEB__HOST": "127.0.0.1", "SPINESTREAM_WEB__PORT": "0"}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINESTREAM_")}
        return clean | told

    return look


@pytest.fixture
def command(given: Callable[[str], dict[str, str]], tmp_path: Path) -> Command:
    """Runs `docker compose run cli …`, without a container."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-P", "-m", "spinestream", *words, "--workdir", str(tmp_path / "work")]
        return subprocess.run(call, env=given("cli"), capture_output=True, text=True, timeout=SECONDS, check=False)

    return run


@pytest.fixture
def roles(given: Callable[[str], dict[str, str]], command: Command, tmp_path: Path) -> Iterator[Mapping[str, int]]:
    """The roles, after `prepare`: {name: port of its listener}."""
    prepared = command("config", "apply")
    assert prepared.returncode == 0, prepared.stderr
    call = [sys.executable, "-P", "-m", "spinestream", "role"]
    running = {
        name: subprocess.Popen(
            [*call, name, "--workdir", str(tmp_path / "work")], env=given(name), stderr=(tmp_path / name).open("wb")
        )
        for name in ROLES
    }
    try:
        yield {name: until(lambda name=name: _port(tmp_path, name), f"the listener of {name}") for name in ROLES}
    finally:
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        codes = {name: process.wait(SECONDS) for name, process in running.items()}
    assert set(codes.values()) == {0}, codes


def _port(folder: Path, name: str) -> int:
    told = folder / "work" / "run" / f"telemetry-{name}.json"
    return int(json.loads(told.read_text())["port"]) if told.exists() else 0


def _healthy(port: int) -> bool:
    environment = {"PATH": "/usr/bin:/bin", "SPINESTREAM_TELEMETRY__LISTEN": f"0.0.0.0:{port}"}
    return subprocess.run([DEPLOY / "healthy"], env=environment, capture_output=True, check=False).returncode == 0


def _told(port: int, sample: str) -> float | None:
    """A number that the role tells Prometheus; None while it does not."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            found = re.search(rf"^{re.escape(sample)} (\S+)$", answer.read().decode(), re.MULTILINE)
    except URLError:
        return None
    return float(found[1]) if found else None


def test_they_serve_and_pass_a_document_on(roles: Mapping[str, int], command: Command, tmp_path: Path) -> None:
    for name, port in roles.items():
        until(lambda port=port: _healthy(port), f"{name} to be healthy")
    (tmp_path / "a.md").write_text("# A case\n\nA disc extrusion at L4/L5 was seen on the right.\n")
    taken = command("ingest", str(tmp_path / "a.md"), "--json")
    assert taken.returncode == 0, taken.stderr
    assert json.loads(taken.stdout)["sent"] is True
    # It went from the command to intake, over the broker, and waits for an engine; the web role sees it.
    lag = 'spinestream_stage_lag{stage="read"}'
    until(lambda: _told(roles["web"], lag) == 1, "the document before the stage read")
    assert _told(roles["web"], "spinestream_review_oldest_seconds") == 0
    assert command("reviewers", "add", "Dr Li", "--generate").returncode == 0
    told = json.loads(command("status", "--json").stdout)
    assert told["counts"]["sources"] == 1
    # Keys come from .env: the folder that all roles share holds none.
    assert list((tmp_path / "work" / "secrets").iterdir()) == []
