"""A deployment from `up` to `down`, then budgets, on one work folder with real servers and the scripted engine."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from generation.ids import item_id, source_version
from generation.planning import PLAN_VERSION
from spinestream.endpoints import addresses_now
from spinestream.seat import holder
from spinestream.turns import serving
from spinestream.workdir import Workdir
from tests.spinestream.cli.front_door import Answer, called, environment, spinestream, wait_for

LUMBAR = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
CERVICAL = ("C2/C3", "C3/C4", "C4/C5", "C5/C6", "C6/C7", "C7/T1", "T1/T2", "T2/T3", "T3/T4", "T4/T5", "T5/T6", "T6/T7")


def _document(title: str, levels: Sequence[str]) -> str:
    """Return a document of one fact a section, neighbours with different findings."""
    findings = ("disc protrusion", "disc extrusion")
    facts = (f"## Case {n}\n\nA {findings[n % 2]} at {level} was seen." for n, level in enumerate(levels))
    return f"# {title}\n\n" + "\n\n".join(facts)


GUIDE, NECK, NOTE = _document("Discs", LUMBAR), _document("Neck", CERVICAL), _document("Note", ["T11/T12"])
ENGINE = ("--engine", "scripted", "--engine-setting", "latency_s=0.1", "--in-flight", "2")
SLOW = ("--engine", "scripted", "--engine-setting", "latency_s=0.4", "--in-flight", "2")
MCQ = ("--kinds", "mcq")
SMALL = 2_000
"""Tokens of three or four calls."""
SETTLED = ("queued", "held")


def _ids(text: str, kind: str, slots: int) -> set[str]:
    version = source_version(text.encode())
    return {item_id(version, PLAN_VERSION, kind, "en", slot) for slot in range(slots)}


def _processes(root: Path) -> list[str]:
    found = []
    for one in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.NoSuchProcess):
            if str(root / "W") in " ".join(one.info["cmdline"] or []) and one.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{one.pid} {' '.join(one.info['cmdline'])[:200]}")
    return found


@dataclass
class Case:
    """A work folder with an `up`."""

    root: Path
    begun: Answer

    @property
    def work(self) -> Path:
        return self.root / "W"

    def call(self, *arguments: str | Path) -> Answer:
        return called(*arguments, "--workdir", self.work)

    def status(self) -> dict[str, Any]:
        answer = self.call("status", "--json")
        assert answer.code == 0, answer.err
        found: dict[str, Any] = answer.json
        return found

    def samples(self) -> dict[str, str]:
        return {one["id"]: one["state"] for one in self.call("samples", "list", "--json").json}

    def calls(self) -> int:
        """Model calls of this work folder since it was made."""
        with redis.Redis.from_url(addresses_now(Workdir(self.work)).redis) as client:
            return int(client.hget("spinestream:usage", "calls") or 0)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    root = tmp_path_factory.mktemp("deployment")
    (root / "guide.md").write_text(GUIDE)
    (root / "neck.md").write_text(NECK)
    (root / "note.md").write_text(NOTE)
    made = Case(root, spinestream("up", "--workdir", root / "W", *ENGINE, "--detach", "--json"))
    try:
        yield made
    finally:
        spinestream("down", "--workdir", root / "W")


def test_up_returns_once_everything_works_and_says_where(case: Case) -> None:
    assert case.begun.code == 0, case.begun.err
    told = case.begun.json
    assert told["web"].startswith("http://127.0.0.1:")
    for name in ("kafka", "mongodb", "redis"):
        host, port = told[name].split(":")
        assert (host, port.isdigit()) == ("127.0.0.1", True)
    assert told["roles"] == ["intake", "store", "web", "trends", "scorer", "trainer", "pools"]
    found = case.status()
    assert {name: found[name] for name in ("kafka", "mongodb", "redis", "web", "credentials")} == {
        name: told[name] for name in ("kafka", "mongodb", "redis", "web", "credentials")
    }
    assert (found["running"], found["ready"], found["supervisor"]["command"]) == (True, True, "up")
    labels = ("intake+store", "web", "trends", "scorer", "trainer", "pools")
    assert {label: one["starts"] for label, one in found["roles"].items()} == dict.fromkeys(labels, 1)
    assert all(one["ready"] for one in found["servers"])
    [pool] = found["pools"]
    assert [one["state"] for one in pool["members"]] == ["ready"]
    assert list(found["stages"]) == ["intake", "read", "plan", "draft", "revise", "store"]


def test_no_password_is_printed_or_logged(case: Case) -> None:
    secrets = [(case.work / "secrets" / name).read_text().strip() for name in ("kafka", "mongodb", "redis")]
    told = [case.begun.out, case.begun.err, case.call("status").out, case.call("status", "--json").out]
    told += [one.read_text() for one in (case.work / "logs").iterdir()]
    told += [one.read_text() for one in (case.work / "run").glob("*.json")]
    assert len(told) >= 8
    assert not [secret for secret in secrets if any(secret in one for one in told)]


def test_a_second_up_says_that_one_runs(case: Case) -> None:
    for more in ((), ("--detach",)):
        answer = spinestream("up", "--workdir", case.work, *ENGINE, *more)
        assert answer.code == 2
        assert "runs intake, store, web, trends, scorer, trainer, pools" in answer.err
        assert f"spinestream down --workdir {case.work}" in answer.err


def test_a_paused_stage_takes_nothing_and_a_run_says_so_and_ends(case: Case) -> None:
    assert case.call("pause", "draft", "--why", "a new model", "--who", "Dr Li", "--json").json["paused"] is True
    answer = case.call("ingest", case.root / "guide.md", *MCQ, "--json")
    assert (answer.code, answer.json["new"], answer.json["sent"]) == (0, 1, True)
    wait_for(lambda: len(case.samples()) == len(LUMBAR), 60, "planned items")
    found = case.status()
    assert (found["stages"]["draft"]["lag"], found["stages"]["draft"]["paused"]["why"]) == (len(LUMBAR), "a new model")
    assert set(case.samples().values()) == {"planned"}
    answer = spinestream("run", case.root / "guide.md", "--workdir", case.work, *ENGINE, *MCQ, "--json")
    assert answer.code == 3
    assert (answer.json["open"], answer.json["dead"]) == (len(LUMBAR), {})
    assert answer.json["paused"]["draft"]["who"] == "Dr Li"
    assert f"draft is paused by Dr Li (a new model): `spinestream resume draft --workdir {case.work}`" in answer.err
    assert set(case.samples().values()) == {"planned"}, "who only asked has not made it go on"


def test_a_resumed_stage_goes_on_and_a_run_leaves_the_work_to_the_deployment(case: Case) -> None:
    assert case.call("resume", "draft", "--json").json == {"stage": "draft", "paused": False, "changed": True}
    assert case.call("resume", "draft").out == "draft was not paused\n"
    paths = (case.root / "guide.md", case.root / "note.md")
    answer = spinestream("run", *paths, "--workdir", case.work, *ENGINE, *MCQ, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["by_kind"]["mcq"]["en"]["planned"] == len(LUMBAR) + 1
    assert "served by `up`" in answer.err
    assert set(case.samples()) == _ids(GUIDE, "mcq", len(LUMBAR)) | _ids(NOTE, "mcq", 1)
    assert case.status()["supervisor"]["command"] == "up"


def test_other_settings_than_those_that_run_are_refused(case: Case) -> None:
    answer = spinestream("run", case.root / "guide.md", "--workdir", case.work, "--in-flight", "7")
    assert answer.code == 2
    assert "runs the roles of this work folder with other settings (pools)" in answer.err


def test_asking_for_another_kind_adds_its_plans_and_does_nothing_twice(case: Case) -> None:
    before, calls = case.samples(), case.calls()
    kinds = ("--kinds", "mcq,open_qa")
    assert case.call("ingest", case.root / "guide.md", *kinds, "--json").json["asked_for_more"] == 1
    wait_for(
        lambda: case.status()["counts"]["open"] == 0 and len(case.samples()) == 2 * len(LUMBAR) + 1, 60, "its items"
    )
    now = case.samples()
    assert {item: now[item] for item in before} == before
    assert set(now) - set(before) == _ids(GUIDE, "open_qa", len(LUMBAR))
    assert 2 * len(LUMBAR) <= case.calls() - calls <= 3 * len(LUMBAR), "a draft, a revision and one correction, at most"
    assert case.call("ingest", case.root / "guide.md", *kinds, "--json").json["asked_for_more"] == 0
    assert case.status()["by_kind"]["open_qa"]["en"]["planned"] == len(LUMBAR)


def test_the_status_of_a_deployment_for_people(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    told = case.call("status").out
    for words in ("`up` (pid", "kafka", "role pools", "tokens/s", "draft", "queued share", "open 0", "logins in"):
        assert words in told
    command = [sys.executable, "-m", "spinestream", "status", "--watch", "--workdir", str(case.work)]
    watch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    assert watch.stdout is not None
    line = watch.stdout.readline()
    watch.send_signal(signal.SIGINT)
    _, err = watch.communicate(timeout=20)
    assert "draft 0" in line
    assert "queued" in line
    assert (watch.returncode, err) == (0, "")
    assert case.call("status", "--watch", "--json").code == 2


def test_the_store_cannot_be_paused(case: Case) -> None:
    answer = case.call("pause", "store")
    assert answer.code == 2
    assert "the store cannot be paused: it only records" in answer.err


def test_down_leaves_nothing_running_and_everything_kept(case: Case) -> None:
    before = case.samples()
    answer = case.call("down")
    assert answer.code == 0
    assert answer.out == f"{case.work} is stopped\n"
    assert "waiting for" in answer.err
    assert _processes(case.root) == []
    assert holder(Workdir(case.work)) is None
    again = case.call("down", "--json")
    assert (again.code, again.json) == (0, {"stopped": False})
    found = case.status()
    assert (found["running"], found["kafka"], found["counts"], found["stages"]) == (False, None, None, {})
    assert "nothing runs here" in case.call("status").out
    assert case.samples() == before


def test_what_comes_in_while_nothing_runs_waits_for_the_next_run_and_a_budget_stops_it(case: Case) -> None:
    answer = case.call("ingest", case.root / "neck.md", *MCQ)
    assert (answer.code, answer.out) == (0, "1 documents, 1 of them new, 0 asked for more; 0 refused\n")
    assert f"no broker runs: `spinestream up --workdir {case.work}` works on them" in answer.err
    assert case.status()["counts"] is None
    spent = _run(case, SMALL)
    assert spent.code == 3
    told = spent.json
    budget = told["budget"]
    assert (budget["spent"], budget["left_tokens"], budget["max_tokens"]) == (True, 0, SMALL)
    assert budget["used_tokens"] == told["prompt_tokens"] + told["output_tokens"]
    # What is in hand when it is spent finishes: two records of two stages, each of two calls at most, and what the
    # engine answers until its worker looks again.
    assert budget["used_tokens"] <= SMALL + (8 + 4) * budget["used_tokens"] / told["model_calls"]
    assert (told["open"] > 0, told["dead"], told["planned"]) == (True, {}, len(CERVICAL))
    assert {one["why"] for one in told["paused"].values()} == {"budget"}
    assert "the budget is spent" in spent.err


def test_a_flushed_redis_gives_no_budget_back_and_a_higher_one_goes_on(case: Case) -> None:
    with serving(Workdir(case.work), ["redis"]) as servers, redis.Redis.from_url(servers.addresses.redis) as client:
        client.flushall()
    again = _run(case, SMALL)
    assert (again.code, again.json["model_calls"], again.json["budget"]["spent"]) == (3, 0, True)
    assert again.json["open"] > 0
    assert "Ray" not in again.err
    before = case.samples()
    done = _run(case, 1_000_000, ENGINE)
    assert done.code == 0, done.err
    assert (done.json["open"], done.json["budget"]["spent"]) == (0, False)
    now = case.samples()
    assert set(now) == set(before)
    assert {item: now[item] for item, state in before.items() if state in SETTLED} == {
        item: state for item, state in before.items() if state in SETTLED
    }
    assert _ids(NECK, "mcq", len(CERVICAL)) <= set(now)
    assert _processes(case.root) == []


def _run(case: Case, tokens: int, engine: Sequence[str] = SLOW) -> Answer:
    arguments = (case.root / "neck.md", "--workdir", case.work, *engine, *MCQ, "--budget-tokens", str(tokens), "--json")
    return spinestream("run", *arguments)
