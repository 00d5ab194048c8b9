"""Roles started as their pods start them: the pod's arguments and variables, nothing else, and an empty work folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from spinestream.roles import LIGHT_ROLES
from tests.k8s.rendered import Pod
from tests.k8s.test_chart_settings import role_pods, variables

PLACED = ("SPINESTREAM_KAFKA", "SPINESTREAM_MONGODB", "SPINESTREAM_REDIS", "SPINESTREAM_S3")
"""Variables that say where servers are: here they are those of this session, logins in their URLs."""


def environment(pod: Pod, name: str, here: Mapping[str, str], folder: Path) -> dict[str, str]:
    told = {key: value for key, value in variables(pod, name).items() if not key.startswith(PLACED)}
    system = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    return {**system, **told, **here, "HOME": str(folder), "OMP_NUM_THREADS": "1"}


def command(container: Mapping[str, list[str]], folder: Path) -> list[str]:
    arguments = [str(folder) if one == "/work" else one for one in container["args"]]
    return [sys.executable, "-m", "spinestream", *arguments]


def answers(folder: Path, role: str, page: str) -> int:
    """Return the status of a page of a role's process; 0 while it does not listen."""
    try:
        told = json.loads((folder / "run" / f"telemetry-{role}.json").read_text())
        with urllib.request.urlopen(f"http://127.0.0.1:{told['port']}{page}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except (OSError, ValueError, KeyError):
        return 0


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for one in running:
        one.kill()
        one.wait()


@pytest.mark.long
@pytest.mark.parametrize("name", ["laptop", "production"])
def test_roles_become_ready_and_leave_when_they_are_told_to(name, here, started, tmp_path) -> None:
    pods = {of.rpartition("-")[2]: pod for of, pod in role_pods(name).items() if of.startswith("Deployment/")}
    env = {role: environment(pod, name, here, tmp_path) for role, pod in pods.items()}
    [first] = pods["store"].spec["initContainers"]
    subprocess.run(command(first, tmp_path / "store"), env=env["store"], check=True, timeout=120)
    for role in [role for role in LIGHT_ROLES if role in pods]:
        pod, folder = pods[role], tmp_path / role
        [container] = pod.spec["containers"]
        process = subprocess.Popen(command(container, folder), env=env[role], cwd="/")
        started.append(process)
        deadline = time.monotonic() + 120
        while answers(folder, role, container["readinessProbe"]["httpGet"]["path"]) != 200:
            assert process.poll() is None, f"{role} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{role} does not become ready"
            time.sleep(0.2)
        assert answers(folder, role, container["livenessProbe"]["httpGet"]["path"]) == 200
        assert answers(folder, role, "/metrics") == 200
        if role == "store":
            _commands_work(folder, env[role])
        process.send_signal(signal.SIGTERM)
        assert process.wait(pod.spec["terminationGracePeriodSeconds"]) == 0, role


def _commands_work(folder: Path, env: Mapping[str, str]) -> None:
    """What the notes of the release tell people to run beside the store."""
    for words in (("status", "--json"), ("reviewers", "add", "Dr Li", "--generate", "--json"), ("sources", "list")):
        line = [sys.executable, "-m", "spinestream", *words, "--workdir", str(folder)]
        done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{words}: {done.stderr[-1000:]}"
