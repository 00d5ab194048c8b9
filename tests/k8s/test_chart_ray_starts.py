"""The Ray cluster of the chart, started as KubeRay starts it, and the manager that joins it as its pod does."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.k8s.rendered import named, objects, of_kind
from tests.k8s.test_chart_roles_start import answers, environment
from tests.k8s.test_chart_settings import role_pods

BIN = Path(sys.executable).parent
TOKEN = "of-this-test-only-" + "0" * 32


def free_port() -> str:
    """A port above those that Ray gives to workers (10002 to 19999)."""
    while True:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
        if port > 20_000:
            return str(port)


def start(parameters: Mapping[str, str], env: Mapping[str, str], *more: str) -> None:
    """Run `ray start` with the parameters of a group, through a shell: as KubeRay writes the command of a pod."""
    options = " ".join(f"--{name}={value}" for name, value in parameters.items())
    line = f"{BIN}/ray start {options} {' '.join(more)} --object-store-memory=80000000"
    done = subprocess.run(["/bin/sh", "-c", line], env=env, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture
def ray_env(tmp_path_factory) -> Iterator[dict[str, str]]:
    """Variables of every node; whatever was started with them is ended afterwards."""
    # Ray's sockets lie below it, and a socket's path is short.
    folder = tmp_path_factory.mktemp("r")
    yield {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(folder),
        "RAY_TMPDIR": f"/tmp/ray-{os.getpid()}",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": TOKEN,
        "RAY_raylet_start_wait_time_s": "120",
        "OMP_NUM_THREADS": "1",
    }
    mine = [one for one in psutil.process_iter() if _token_of(one) == TOKEN]
    for one in mine:
        one.kill()
    psutil.wait_procs(mine, 10)
    shutil.rmtree(f"/tmp/ray-{os.getpid()}", ignore_errors=True)


def _token_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("RAY_AUTH_TOKEN")
    except psutil.Error:
        return None


def cluster_of(name: str) -> dict[str, Any]:
    [one] = of_kind(objects(name), "RayCluster")
    spec: dict[str, Any] = one["spec"]
    return spec


@pytest.mark.long
def test_the_manager_joins_without_cpus_and_its_engine_goes_to_the_group(servers, here, ray_env, tmp_path) -> None:
    spec = cluster_of("laptop")
    head, [worker] = spec["headGroupSpec"]["rayStartParams"], spec["workerGroupSpecs"]
    port = free_port()
    start(head, ray_env, "--head", f"--port={port}", f"--temp-dir={ray_env['RAY_TMPDIR']}")
    address = (Path(ray_env["RAY_TMPDIR"]) / "ray_current_cluster").read_text().strip()
    start({**worker["rayStartParams"], "node-manager-port": free_port()}, ray_env, f"--address={address}")
    pod, folder = role_pods("laptop")["Deployment/spinestream-pools"], tmp_path / "pools"
    [container] = pod.spec["containers"]
    told = named(objects("laptop"), "ConfigMap", "spinestream-settings")["data"]
    assert "group-cpu" in told["SPINESTREAM_POOLS"]
    env = {**environment(pod, "laptop", here, tmp_path), **ray_env}
    env |= {"SPINESTREAM_RAY": address, "SPINESTREAM_ENGINE": "scripted", "SPINESTREAM_ENGINE_SETTINGS": "{}"}
    [line] = container["args"]
    line = line.replace("spinestream-ray-head-svc:6379", address).replace("--workdir /work", f"--workdir {folder}")
    process = subprocess.Popen([*container["command"], line], env=env, cwd="/")
    try:
        deadline = time.monotonic() + 180
        while answers(folder, "pools", "/ready") != 200:
            assert process.poll() is None, f"the manager ended with {process.returncode}"
            assert time.monotonic() < deadline, "no engine gets ready"
            time.sleep(0.3)
        assert answers(folder, "pools", "/live") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(pod.spec["terminationGracePeriodSeconds"]) == 0
    finally:
        process.kill()
        process.wait()
