"""A run that is killed, then one that is interrupted, while other commands work beside it; then one that finishes."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from generation.ids import item_id, source_version
from generation.planning import PLAN_VERSION
from spinestream.embedded import Servers
from tests.spinestream.cli.front_door import Answer, Going, alive, called, going, spinestream, wait_for

FACTS = (
    ("disc protrusion", "L1/L2"),
    ("disc extrusion", "L2/L3"),
    ("disc protrusion", "L3/L4"),
    ("disc extrusion", "L4/L5"),
    ("disc protrusion", "L5/S1"),
    ("disc extrusion", "C5/C6"),
)
GUIDE = "# Discs\n\n" + "\n\n".join(
    f"## Case {n}\n\nA {what} at {level} was seen." for n, (what, level) in enumerate(FACTS)
)
KIND = ("--kinds", "mcq")
NOTES = "A burst fracture of T12 was seen.\n"
SLOW = ("--kinds", "mcq", "--engine", "scripted", "--engine-setting", "latency_s=0.8", "--in-flight", "1")


@dataclass
class Case:
    """What was seen on the way; the checks come after."""

    root: Path
    accepted: str = ""
    beside: list[Answer] = field(default_factory=list)
    """Commands that ran beside the run."""
    servers_before: dict[str, int] = field(default_factory=dict)
    servers_after: dict[str, int] = field(default_factory=dict)
    killed: list[psutil.Process] = field(default_factory=list)
    after_kill: list[str] = field(default_factory=list)
    interrupted: Answer = field(default_factory=lambda: Answer(0, "", ""))
    told: list[psutil.Process] = field(default_factory=list)
    finished: Answer = field(default_factory=lambda: Answer(0, "", ""))

    def call(self, *arguments: str) -> Answer:
        return called(*arguments, "--workdir", self.root / "W", "--json")

    def pids(self) -> dict[str, int]:
        return {one["name"]: one["pid"] for one in self.call("servers", "status").json}

    def queued(self) -> list[str]:
        answer = self.call("samples", "list", "--state", "queued")
        return [one["id"] for one in answer.json if one["source"] != "notes"] if answer.code == 0 else []


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    made = Case(tmp_path_factory.mktemp("cut-off"))
    docs = made.root / "docs"
    docs.mkdir()
    (docs / "guide.md").write_text(GUIDE)
    (docs / "notes.txt").write_text(NOTES)
    (docs / "notes.meta.json").write_text('{"id": "notes"}')
    with going(made.root / "W", docs, *SLOW) as run:
        _beside(made, run)
        made.killed = run.processes()
        run.ended(signal.SIGKILL)
        wait_for(lambda: not alive(made.killed), 10, "the end of everything the killed run had started")
        made.after_kill = alive(made.killed)
    with going(made.root / "W", docs, *SLOW) as run:
        wait_for(run.engine_ready, 90, "an engine")
        made.told = run.processes()
        made.interrupted = run.ended(signal.SIGINT)
    made.finished = spinestream("run", docs, "--workdir", made.root / "W", *KIND, "--engine", "scripted", "--json")
    with Servers(made.root / "W", only=("mongodb", "redis")):
        yield made


def _beside(made: Case, run: Going) -> None:
    """Decide on a sample and withdraw a source while the run goes on."""
    wait_for(run.engine_ready, 90, "an engine")
    made.servers_before = made.pids()
    made.accepted = wait_for(made.queued, 60, "a queued sample")[0]
    made.beside.append(made.call("samples", "accept", made.accepted, "--who", "Dr Li"))
    made.beside.append(made.call("sources", "withdraw", "notes", "--who", "Dr Wu", "--why", "no consent"))
    made.servers_after = made.pids()


def test_commands_beside_a_run_use_its_servers(case: Case) -> None:
    assert [one.code for one in case.beside] == [0, 0], [one.err for one in case.beside]
    assert case.beside[0].json["kind"] == "accepted"
    assert case.beside[1].json["new"] is True
    assert all(case.servers_before.values())
    assert case.servers_before == case.servers_after


def test_a_killed_run_leaves_no_process_behind(case: Case) -> None:
    names = " ".join(one.name() if one.is_running() else "" for one in case.killed)
    assert len(case.killed) >= 9, names
    assert case.after_kill == []


def test_an_interrupted_run_says_what_is_open_and_leaves_nothing(case: Case) -> None:
    assert case.interrupted.code == 3
    told = case.interrupted.json
    assert told["open"] > 0
    assert told["planned"] == len(FACTS)
    assert told["sources"] == 1
    assert "open: the same command again goes on from here" in case.interrupted.err
    assert "Traceback" not in case.interrupted.err
    assert len(case.told) >= 9
    assert alive(case.told) == []


def test_the_next_run_finishes_with_the_same_items(case: Case) -> None:
    assert case.finished.code == 3, "a withdrawn document is refused"
    told = case.finished.json
    assert (told["open"], told["dead"], told["planned"]) == (0, {}, len(FACTS))
    assert told["queued"] + told["held_items"] + told["accepted"] == len(FACTS)
    out = case.root / "out.jsonl"
    assert case.call("samples", "export", "--out", str(out), "--state", "all").code == 0
    records: list[dict[str, Any]] = [json.loads(line) for line in out.read_text().splitlines()]
    version = source_version(GUIDE.encode())
    assert {one["id"] for one in records} == {
        item_id(version, PLAN_VERSION, "mcq", "en", slot) for slot in range(len(FACTS))
    }
    assert [one["id"] for one in records if one["state"] == "accepted"] == [case.accepted]


def test_no_call_was_made_twice_for_what_was_answered(case: Case) -> None:
    """Every run's calls together: one a source, two an item, and at most what was in hand at the kill and at the
    interruption."""
    sources, in_hand = 2, 2 * 2
    interrupted, finished = case.interrupted.json["model_calls"], case.finished.json["model_calls"]
    assert interrupted + finished <= sources + 2 * len(FACTS) + in_hand


def test_what_was_withdrawn_beside_the_run_stays_away(case: Case) -> None:
    [refused] = case.finished.json["refused"]
    assert refused["path"].endswith("notes.txt")
    live = {one["source"] for one in case.call("samples", "list").json}
    assert live == {source_version(GUIDE.encode())}
    states = {one["name"]: one["state"] for one in case.call("sources", "list").json}
    assert states == {"guide.md": "live", "notes.txt": "withdrawn"}
