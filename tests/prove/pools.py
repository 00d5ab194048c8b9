"""Pools of engine actors with the scripted engine: spread, a hang, a death, growing and shrinking, and poison."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from actors.claims import ALONE_DEATHS, DEATHS
from spinestream.perf.corpus import write_corpus
from tests.prove.big_document import PAGES, write_big_document
from tests.prove.pool_watch import PoolWatch
from tests.prove.row import Row, row
from tests.prove.stand import Stand, kill, wait_for

STAGES = 2
ONE_CALL = {"SPINESTREAM_GENERATION__CORRECTIVE_TURNS": "0"}
"""A call a stage: what the bars on calls count."""
POOL = "SPINESTREAM_POOLS__ENGINE__"


def pooled(folder: Path, name: str, documents: Path, latency: float, *options: str, **pool: float) -> Stand:
    """Return a stand with the scripted engine; `pool` are settings of the pool `engine`."""
    stand = Stand(folder / name, documents)
    stand.env = {**ONE_CALL, **{f"{POOL}{key.upper()}": str(value) for key, value in pool.items()}}
    stand.options = (
        *("--engine", "scripted", "--engine-setting", f"latency_s={latency}"),
        *("--engine-setting", f'call_log="{stand.call_log}"'),
        *("--kinds", "mcq"),
        *options,
    )
    return stand


def in_peace(folder: Path, documents: Path) -> tuple[bytes, dict[str, Any]]:
    """Run the documents with one actor and no latency; returns the canonical export and the summary."""
    stand = pooled(folder, "undisturbed", documents, 0.0)
    stand.start()
    summary = stand.finish(600)
    return stand.export("all"), summary


def calls_of_items(stand: Stand) -> list[str]:
    """Return the ids of the requests of drafts and revisions, in order."""
    asked = [line.split("\t")[0] for line in stand.call_log.read_text().splitlines()]
    return [request for request in asked if request.split("/")[1] in ("draft", "revise")]


@contextmanager
def at_work(stand: Stand) -> Iterator[PoolWatch]:
    """Start a stand and watch its pool; whatever happens, the run is over at the end."""
    with PoolWatch(stand.workdir) as watch:
        stand.start()
        try:
            yield watch
        finally:
            if stand.running:
                assert stand.process is not None
                stand.process.terminate()
                stand.process.wait(90)


def ready(watch: PoolWatch, number: int, seconds: float = 180) -> list[str]:
    """Wait for so many ready actors; returns their ids."""
    wait_for(lambda: len(watch.now("ready")) == number, seconds, f"{number} ready actors")
    return [one.actor for one in watch.now("ready")]


@row("spread")
def spread(folder: Path) -> Row:
    """One document of a thousand pages over four replicas."""
    latency = 0.4
    big = write_big_document(folder / "book.pdf")
    result = Row("spread: one 1,000-page document over four replicas", f"scripted engine, {latency} s a call")
    kinds = ("--kinds", "open_qa,consultation,report", "--languages", "en,zh")
    stand = pooled(folder, "spread", big, latency, *kinds, min_actors=4, max_actors=4)
    stand.env |= {f"SPINESTREAM_PLAN__MAX_{kind}": "5000" for kind in ("CONSULTATIONS", "REPORTS")}
    with at_work(stand) as watch:
        members = ready(watch, 4)
        began = {one.actor: one for one in watch.now("ready")}
        summary = stand.finish(900)
        last = watch.last()
    done = sorted(last[one].settled for one in members)
    head_start = sum(one.settled for one in began.values())
    items = summary["planned"]
    result.check(f"{PAGES} pages gave {items} items over 16 partitions", items >= 4000)
    result.check(f"open {summary['open']}, dead {summary['dead']}", not summary["open"] and not summary["dead"])
    result.say(f"records settled before all four were ready: {head_start}; {summary['seconds']:.0f} s")
    result.check(
        f"records settled by each: {done}; largest ÷ smallest {done[-1] / done[0]:.3f} (bar 1.15)",
        done[-1] <= 1.15 * done[0],
    )
    return result


@row("hang-death")
def hang_death(folder: Path) -> Row:
    """One of two replicas is killed, later one hangs."""
    latency, stall, outage = 1.0, 8.0, 10.0
    documents = folder / "documents"
    write_corpus(documents, 80, 32)
    peace, summary = in_peace(folder, documents)
    result = Row("a replica dies, another hangs", f"scripted engine, {latency} s a call, stall limit {stall:.0f} s")
    hang = folder / "hang"
    stand = pooled(
        *(folder, "hang-death", documents, latency, "--in-flight", "32", "--engine-setting", f'hang_file="{hang}"'),
        min_actors=2,
        max_actors=2,
        stall_seconds=stall,
    )
    with at_work(stand) as watch:
        dies, lives = ready(watch, 2)
        began = time.monotonic()
        wait_for(lambda: min(one.settled for one in watch.now("ready")) > 100, 120, "both to be at work")
        time.sleep(outage)
        struck = time.monotonic()
        before = watch.rate(lives, max(began, struck - outage), struck)
        pid = watch.last()[dies].pid
        assert pid is not None
        kill(pid)
        time.sleep(outage)
        during = watch.rate(lives, struck, struck + outage)
        result.check(
            f"SIGKILL of one of two: the other settled {before:.1f} records/s before, {during:.1f}/s in the "
            f"{outage:.0f} s after ({during / before:.2f}, bar 0.9)",
            during >= 0.9 * before,
        )
        halves = [watch.rate(lives, struck + at, struck + at + outage / 2) for at in (0.0, outage / 2)]
        result.say(f"in halves of that time: {', '.join(f'{one:.1f}' for one in halves)}")
        two = ready(watch, 2)
        seconds = _hang(watch, hang, two)
        result.check(
            f"an engine that answers nothing any more was replaced after {seconds:.1f} s", seconds <= stall + 3
        )
        settled = stand.finish(900)
    same = stand.export("all") == peace
    result.check(f"{summary['planned']} items, same canonical export as undisturbed: {same}", same)
    result.check(f"open {settled['open']}, dead {settled['dead']}", not settled["open"] and not settled["dead"])
    result.say(f"calls {len(calls_of_items(stand))} for {summary['planned'] * STAGES} results")
    return result


def _hang(watch: PoolWatch, hang: Path, members: list[str]) -> float:
    """Let one engine hang; returns how long it was there after that."""
    hang.touch()
    wait_for(lambda: not hang.exists(), 30, "an engine to hang")
    began = time.monotonic()
    gone = wait_for(lambda: set(members) - {one.actor for one in watch.now()}, 60, "the silent engine to be replaced")
    assert len(gone) == 1
    return time.monotonic() - began


@row("elastic")
def elastic(folder: Path) -> Row:
    """A pool grows from one replica to four and shrinks to one again, under load."""
    latency = 0.5
    documents = folder / "documents"
    write_corpus(documents, 112, 32)
    peace, summary = in_peace(folder, documents)
    items = summary["planned"]
    result = Row("elastic: 1 → 4 → 1 replicas under load", f"scripted engine, {latency} s a call, 700 records an actor")
    stand = pooled(
        *(folder, "elastic", documents, latency),
        min_actors=1,
        max_actors=4,
        lag_per_actor=700,
        scale_in_seconds=1,
    )
    with at_work(stand) as watch:
        ready(watch, 4)
        at_last = _until_one(watch)
        settled = stand.finish(900)
    same = stand.export("all") == peace
    calls = calls_of_items(stand)
    bound = int(items * STAGES * 1.02)
    result.check(f"ready replicas over time: {watch.sizes()}", {1, 4} <= set(watch.sizes()))
    result.check(f"lag when it was down to one again: {at_last}", at_last > 0)
    result.check(f"{items} items, same canonical export as undisturbed: {same}", same)
    result.check(f"open {settled['open']}, dead {settled['dead']}", not settled["open"] and not settled["dead"])
    result.check(
        f"model calls {len(calls)} <= {bound} ({items} items x {STAGES} stages + 2 %), {len(set(calls))} different",
        len(calls) <= bound,
    )
    result.say(f"{settled['seconds']:.0f} s")
    return result


def _until_one(watch: PoolWatch) -> int:
    """Wait until one replica is left; returns the lag at that moment."""
    wait_for(lambda: [one.state for one in watch.now()] == ["ready"], 300, "the pool to be down to one")
    return watch.lags[-1][1]


@row("poison")
def poison(folder: Path) -> Row:
    """An item that kills every engine that takes it."""
    bound = DEATHS + ALONE_DEATHS
    documents = folder / "documents"
    write_corpus(documents, 8, 32)
    peace, summary = in_peace(folder, documents)
    items = {one["id"]: one for one in map(json.loads, peace.splitlines())}
    killer = sorted(items)[len(items) // 2]
    result = Row("poison: an item that kills every engine", "scripted engine, 0.3 s a call, two replicas")
    stand = pooled(
        *(folder, "poison", documents, 0.3, "--engine-setting", f'poison="{killer}"'), min_actors=2, max_actors=2
    )
    with at_work(stand):
        settled = stand.finish(600)
    found = {one["id"]: one for one in map(json.loads, stand.export("all").splitlines())}
    deaths = sum(line.startswith(killer) for line in stand.call_log.read_text().splitlines())
    others = _changed(items, found, lambda item: item != killer)
    result.check(f"engine deaths until it was dead: {deaths} (bar {bound})", deaths <= bound)
    result.check(
        f"dead {settled['dead']}, open {settled['open']}; the killer is {found[killer]['state']}",
        settled["dead"] == {"kills-engines": 1} and not settled["open"] and found[killer]["state"] == "planned",
    )
    result.check(f"{summary['planned']} items; others that differ from undisturbed: {len(others)}", not others)
    return result


def _changed(before: dict[str, Any], after: dict[str, Any], which: Callable[[str], bool]) -> list[str]:
    return [item for item, sample in before.items() if which(item) and after.get(item) != sample]
