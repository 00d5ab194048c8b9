"""Nothing lost: named crash points, SIGKILL of every process, a broker that lost its data; compared with an
undisturbed run."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from spinestream.embedded import EmbeddedError
from spinestream.perf.corpus import write_corpus
from streams.crash import CrashPoint
from streams.errors import DependencyDown
from tests.prove.row import Row, row
from tests.prove.stand import Inside, Stand, kill, leftovers, spinestream, wait_for

IN_FLIGHT = 24
STAGES = 2
_AWAY = (DependencyDown, PyMongoError, KafkaError, EmbeddedError)


def scripted(folder: Path, name: str, documents: Path, latency: float, **env: str) -> Stand:
    """Return a stand with the scripted engine, every role a process of its own."""
    workdir = folder / name
    stand = Stand(workdir, documents, env=env)
    stand.options = (
        *("--engine", "scripted", "--engine-setting", f"latency_s={latency}"),
        *("--engine-setting", f'call_log="{stand.call_log}"'),
        *("--in-flight", str(IN_FLIGHT), "--separate", "--kinds", "mcq"),
    )
    return stand


def undisturbed(folder: Path, documents: Path) -> tuple[bytes, dict[str, Any]]:
    """Run once in peace; returns the canonical export and the summary."""
    stand = scripted(folder, "undisturbed", documents, 0.02)
    stand.start()
    summary = stand.finish(600)
    return stand.export("all"), summary


@row("crash-points")
def crash_points(folder: Path) -> Row:
    """Each named crash point is hit three times or more in a run of 2,000 items."""
    documents = folder / "documents"
    write_corpus(documents, 64, 32)
    peace, summary = undisturbed(folder, documents)
    items = summary["planned"]
    result = Row("nothing lost (a): crash points", "scripted engine, every role a process of its own")
    result.say(f"{items} items, undisturbed {summary['seconds']:.0f} s")
    for point in CrashPoint:
        log = folder / f"{point}.hits"
        env = {"SPINESTREAM_CRASH_AT": f"{point}:3", "SPINESTREAM_CRASH_LOG": str(log), "SPINESTREAM_CRASH_EVERY": "7"}
        if point is CrashPoint.IN_REBALANCE:
            env["SPINESTREAM_CRASH_EVERY"] = "2"
        stand = scripted(folder, f"crash-{point}", documents, 0.02, **env)
        again, settled = run_to_the_end(stand, 600)
        hits = len(log.read_text().splitlines()) if log.exists() else 0
        same = stand.export("all") == peace
        calls = stand.calls()
        bound = items * STAGES + hits * IN_FLIGHT * STAGES
        result.check(
            f"{point}: hit {hits} times, {again} commands, same export: {same}, "
            f"calls {calls} (bound {bound}), open {settled['open']}, {settled['seconds']:.0f} s",
            hits >= 3 and same and calls <= bound and settled["open"] == 0,
        )
        shutil.rmtree(stand.workdir)
    return result


def run_to_the_end(stand: Stand, seconds: float) -> tuple[int, dict[str, Any]]:
    """Give the command again whenever its process was killed, as a person would; returns how often and the last
    summary."""
    deadline = time.monotonic() + seconds
    while True:
        stand.start()
        assert stand.process is not None
        out, _ = stand.process.communicate(timeout=max(1.0, deadline - time.monotonic()))
        if stand.process.returncode >= 0:
            import json

            return stand.starts, json.loads(out)


class Target:
    """Something that is killed: its name, its process id, and how many items are in flight there."""

    def __init__(self, name: str, pid: Callable[[], int | None], in_flight: Callable[[], int]) -> None:
        self.name = name
        self.pid = pid
        self.in_flight = in_flight


def targets(stand: Stand, inside: Inside) -> list[Target]:
    """Return every process there is to kill, intake first (it is done soonest)."""
    return [
        Target("intake", lambda: stand.role_pid("intake"), lambda: inside.lag("intake", "plan")),
        Target("store", lambda: stand.role_pid("store"), lambda: inside.lag("store")),
        Target("engine actor", stand.actor_pid, stand.in_actors),
        Target("kafka", lambda: stand.server_pid("kafka"), stand.in_actors),
        Target("mongodb", lambda: stand.server_pid("mongodb"), stand.in_actors),
        Target("raylet", stand.raylet_pid, stand.in_actors),
        Target("pools", lambda: stand.role_pid("pools"), stand.in_actors),
        Target("supervisor", lambda: stand.process.pid if stand.process else None, stand.in_actors),
    ]


def strike(target: Target, seconds: float = 90) -> int | None:
    """Kill the target at an instant at which it has an item in flight; returns how many, None if it never had."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            number = target.in_flight()
            pid = target.pid()
        except _AWAY:
            number, pid = 0, None
        if number >= 1 and pid is not None:
            kill(pid)
            return number
        time.sleep(0.02)
    return None


@row("kills")
def kills(folder: Path) -> Row:
    """SIGKILL of every process three times, each with items in flight there."""
    documents = folder / "documents"
    write_corpus(documents, 64, 32)
    peace, summary = undisturbed(folder, documents)
    result = Row("nothing lost (b): SIGKILL of every process", "scripted engine, latency 1.2 s a call")
    stand = scripted(folder, "kills", documents, 1.2)
    inside = Inside(stand.workdir)
    struck = 0
    stand.start()
    wait_for(lambda: stand.server_pid("kafka"), 60, "the broker to start")
    order = [one for one in targets(stand, inside) if one.name == "intake"] * 3
    for _ in range(3):
        order += [one for one in targets(stand, inside) if one.name != "intake"]
    turns: Counter[str] = Counter()
    for target in order:
        turns[target.name] += 1
        number = strike(target) if stand.running else None
        struck += number is not None
        result.check(f"kill {turns[target.name]} of {target.name}: {number} in flight there", number is not None)
        if target.name == "supervisor" and number is not None:
            assert stand.process is not None
            stand.process.wait(10)
            wait_for(lambda: not leftovers(stand.workdir), 40, "processes of a killed supervisor to end")
            stand.start()
        elif stand.process is not None and stand.process.poll() is not None:
            result.check(f"the run ended early with {stand.process.returncode}", False)
    settled = stand.finish(900)
    same = stand.export("all") == peace
    bound = summary["planned"] * STAGES + struck * IN_FLIGHT * STAGES
    result.check(f"{summary['planned']} items, same canonical export as undisturbed: {same}", same)
    result.check(f"open {settled['open']}, dead {settled['dead']}", settled["open"] == 0 and not settled["dead"])
    result.check(f"model calls {stand.calls()} <= {bound}", stand.calls() <= bound)
    left = leftovers(stand.workdir)
    result.check(f"processes left behind: {len(left)}", not left)
    return result


@row("healing")
def healing(folder: Path) -> Row:
    """Kafka's data folder is deleted in mid-run."""
    documents = folder / "documents"
    write_corpus(documents, 16, 32)
    peace, summary = undisturbed(folder, documents)
    result = Row("healing: the broker's data folder deleted in mid-run", "scripted engine, latency 0.5 s a call")
    stand = scripted(folder, "healing", documents, 0.5)
    inside = Inside(stand.workdir)
    stand.start()
    wait_for(lambda: stand.in_actors() >= 1, 120, "items in the actors")
    wait_for(lambda: stand.calls() > summary["planned"] // 2, 120, "a good part of the run")
    before = inside.open_items()
    pid = stand.server_pid("kafka")
    assert pid is not None
    kill(pid)
    shutil.rmtree(stand.workdir / "servers" / "kafka" / "data")
    settled = stand.finish(600)
    same = stand.export("all") == peace
    result.check(f"{summary['planned']} items, {before} open when the data went; same export: {same}", same)
    result.check(f"open {settled['open']}, {settled['seconds']:.0f} s", settled["open"] == 0)
    return result


@row("kills-vllm")
def kills_vllm(folder: Path) -> Row:
    """Five kills under the real engine on 40 items."""
    documents = folder / "documents"
    write_corpus(documents, 2, 22)
    peace = scripted(folder, "ids", documents, 0.0)
    peace.start()
    wanted = peace.finish(300)["planned"]
    ids = _ids(peace.export("all"))
    result = Row("nothing lost (b): with vLLM", "bundled small model, 5 kills")
    stand = Stand(folder / "vllm", documents, options=("--in-flight", "8", "--separate", "--kinds", "mcq"))
    inside = Inside(stand.workdir)
    stand.start()
    for name in ("store", "engine actor", "kafka", "mongodb", "pools"):
        target = next(one for one in targets(stand, inside) if one.name == name)
        number = strike(target, 240)
        result.check(f"kill of {name}: {number} in flight there", number is not None)
    settled = stand.finish(1500)
    result.check(f"{wanted} items, open {settled['open']}, dead {settled['dead']}", settled["open"] == 0)
    result.check("same ids as undisturbed", _ids(stand.export("all")) == ids)
    result.say(f"model calls {settled['model_calls']}, queued {settled['queued']}, {settled['seconds']:.0f} s")
    return result


def _ids(export: bytes) -> list[str]:
    import orjson

    return [orjson.loads(line)["id"] for line in export.splitlines()]


def export_of(stand: Stand, out: Path, *more: str) -> str:
    """Write a default export and return its text."""
    done = spinestream("samples", "export", "--workdir", str(stand.workdir), "--out", str(out), *more)
    assert done.returncode == 0, done.stderr
    return out.read_text()
