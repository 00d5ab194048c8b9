"""A deployment under proof: starts `spinestream run` as a user would, looks into it, kills parts of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient

from spinestream.embedded import Addresses, Servers, status
from spinestream.wiring import broker_settings
from streams.broker import Broker
from streams.errors import DependencyDown

SPLIT_KEY = "a fixed key, so that two work folders divide sources alike"


def spinestream(
    *arguments: str, env: dict[str, str] | None = None, timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run a command of ours to its end."""
    return subprocess.run(
        [sys.executable, "-m", "spinestream", *arguments],
        env={**os.environ, "SPINESTREAM_SPLIT_KEY": SPLIT_KEY, "OMP_NUM_THREADS": "1", **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@dataclass
class Stand:
    """One work folder and the run that goes on in it."""

    workdir: Path
    documents: Path
    options: Sequence[str] = ()
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    starts: int = 0

    @property
    def call_log(self) -> Path:
        """One line a model call, written before it is answered."""
        return self.workdir.with_name(self.workdir.name + "-calls.log")

    def start(self) -> None:
        """Start the run (again)."""
        command = [sys.executable, "-m", "spinestream", "run", str(self.documents), "--workdir", str(self.workdir)]
        self.starts += 1
        console = self.workdir.with_name(f"{self.workdir.name}-console.log")
        with console.open("a") as errors:
            self.process = subprocess.Popen(
                [*command, "--json", *self.options],
                env={**os.environ, "SPINESTREAM_SPLIT_KEY": SPLIT_KEY, "OMP_NUM_THREADS": "1", **self.env},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def finish(self, seconds: float) -> dict[str, Any]:
        """Wait for the run's summary."""
        assert self.process is not None
        out, _ = self.process.communicate(timeout=seconds)
        if self.process.returncode not in (0, 3):
            raise AssertionError(f"the run ended with {self.process.returncode}; see {self.workdir.name}-console.log")
        found: dict[str, Any] = json.loads(out)
        return found

    @property
    def running(self) -> bool:
        """Whether the run still goes on."""
        return self.process is not None and self.process.poll() is None

    def export(self, name: str) -> bytes:
        """Return the canonical export of every state."""
        out = self.workdir.with_name(f"{self.workdir.name}-{name}.jsonl")
        done = spinestream(
            "samples", "export", "--workdir", str(self.workdir), "--out", str(out), "--state", "all", "--canonical"
        )
        assert done.returncode == 0, done.stderr
        return out.read_bytes()

    def calls(self) -> int:
        """Model calls since the work folder was made."""
        return len(self.call_log.read_text().splitlines()) if self.call_log.exists() else 0

    def server_pid(self, name: str) -> int | None:
        """Process id of a server."""
        return next((one.pid for one in status(self.workdir) if one.name == name and one.pid), None)

    def role_pid(self, name: str) -> int | None:
        """Process id of the process that serves a role."""
        roles = _read(self.workdir / "run" / "roles.json") or {}
        return next((pid for label, pid in roles.items() if name in label.split("+") and psutil.pid_exists(pid)), None)

    def members(self) -> list[dict[str, Any]]:
        """Engine actors as their manager last saw them."""
        pool = _read(self.workdir / "run" / "pool.json") or {}
        if pool.get("manager") != self.role_pid("pools"):
            return []
        return [one for one in pool.get("members", []) if one["pid"] and psutil.pid_exists(one["pid"])]

    def actor_pid(self) -> int | None:
        """Process id of a ready engine actor."""
        return next((one["pid"] for one in self.members() if one["ready"]), None)

    def raylet_pid(self) -> int | None:
        """Process id of the raylet below the pools role."""
        pools = self.role_pid("pools")
        if pools is None:
            return None
        try:
            below = psutil.Process(pools).children(recursive=True)
            return next((one.pid for one in below if one.name() == "raylet"), None)
        except psutil.NoSuchProcess:
            return None

    def in_actors(self) -> int:
        """Records that the actors have in hand."""
        return sum(sum((one["report"] or {}).get("in_flight", {}).values()) for one in self.members())


def _read(place: Path) -> Any:
    try:
        return json.loads(place.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None


class Inside:
    """Looks into the servers of a running stand without touching its processes."""

    def __init__(self, workdir: Path) -> None:
        self._workdir = workdir
        self._addresses: Addresses | None = None

    def addresses(self) -> Addresses:
        """Where the servers are: asked once while all run (a server keeps its port), so that none is started here."""
        if self._addresses is None:
            if not all(one.ready and one.owner_pid for one in status(self._workdir)):
                raise DependencyDown("servers", "not all run yet")
            servers = Servers(self._workdir)
            self._addresses = servers.start()
            servers.stop()
        return self._addresses

    def lag(self, *groups: str) -> int:
        """Records that these groups have not committed."""
        topics = {"intake": ["sources"], "plan": ["readings"], "store": ["planned", "drafted", "revised"]}
        broker = Broker(broker_settings(self.addresses()))
        return sum(broker.lag(group, topics[group]) for group in groups)

    def open_items(self) -> int:
        """Samples that are not settled."""
        with MongoClient[dict[str, Any]](self.addresses().mongodb, serverSelectionTimeoutMS=3000) as client:
            found = client["spinestream"]["samples"]
            return found.count_documents({"state": {"$in": ["planned", "drafted"]}})


def kill(pid: int) -> None:
    """SIGKILL one process."""
    os.kill(pid, signal.SIGKILL)


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Return the first true value of the condition; fails with `what` after a while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}")


def leftovers(workdir: Path) -> list[str]:
    """Return processes whose command line names the work folder."""
    found = []
    for one in psutil.process_iter(["cmdline", "pid"]):
        line = " ".join(one.info["cmdline"] or [])
        if str(workdir) in line and one.pid != os.getpid() and "pytest" not in line:
            found.append(f"{one.pid} {line[:120]}")
    return found
