"""A deployment that is stopped in mid-work and started again: nothing lost, nothing doubled, decisions kept; and a
queue that is rebuilt when Redis has lost it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import redis

from spinestream.endpoints import addresses_now
from spinestream.perf.corpus import write_corpus
from spinestream.workdir import Workdir
from tests.prove.chaos import scripted, undisturbed
from tests.prove.row import Row, row
from tests.prove.stand import Stand, spinestream, wait_for

OPEN = 100
DECIDED = 5


@row("restart")
def restart(folder: Path) -> Row:
    """`up`, 100 items open, `down`, `up`; then Redis is flushed."""
    documents = folder / "documents"
    write_corpus(documents, 16, 24)
    peace, _ = undisturbed(folder, documents)
    result = Row("restart", f"scripted engine, `up`, {OPEN} items open and {DECIDED} decided, `down`, `up`")
    stand = scripted(folder, "restart", documents, 0.5)
    # Slow enough that a person can decide on five samples while a hundred are open.
    stand.options = (*stand.options, "--in-flight", "4")
    _up(stand)
    try:
        _take_in(stand)
        wait_for(lambda: _ready(_counts(stand)), 120, f"{OPEN} open items and {DECIDED} queued")
        decided = _decide(stand)
        before = _counts(stand)
        _down(stand)
        stopped = _counts(stand)
        result.check(
            f"open when stopped: {_open(before)} (at least {OPEN}), afterwards {_open(stopped)}", _ready(stopped)
        )
        _up(stand)
        wait_for(lambda: not _open(_counts(stand)), 300, "every item to be settled")
        _look(stand, decided, peace, result)
        _flush(stand, result)
    finally:
        _down(stand)
    return result


def _up(stand: Stand) -> None:
    options = [one for one in stand.options if one not in ("--kinds", "mcq")]
    _told("up", *options, "--detach", "--json", "--workdir", str(stand.workdir))


def _down(stand: Stand) -> None:
    _told("down", "--workdir", str(stand.workdir))


def _take_in(stand: Stand) -> None:
    _told("ingest", str(stand.documents), "--kinds", "mcq", "--workdir", str(stand.workdir), "--json")


def _told(*arguments: str) -> Any:
    done = spinestream(*arguments)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout) if "--json" in arguments else None


def _listed(stand: Stand) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _told(
        *("samples", "list", "--state", "all", "--limit", "100000", "--json", "--workdir", str(stand.workdir))
    )
    return found


def _counts(stand: Stand) -> Counter[str]:
    return Counter(one["state"] for one in _listed(stand))


def _open(counts: Counter[str]) -> int:
    return counts["planned"] + counts["drafted"]


def _ready(counts: Counter[str]) -> bool:
    return _open(counts) >= OPEN and sum(counts[state] for state in ("queued", "rejected")) >= DECIDED


def _decide(stand: Stand) -> list[str]:
    """Reject some queued samples, so that a decision differs from whatever the run alone would give."""
    queued = [one["id"] for one in _listed(stand) if one["state"] == "queued"][:DECIDED]
    for item in queued:
        _told("samples", "reject", item, "--why", "proof", "--who", "proof", "--workdir", str(stand.workdir))
    return queued


def _look(stand: Stand, decided: list[str], peace: bytes, result: Row) -> None:
    """Compare with the undisturbed run, the decided samples apart."""
    mine, theirs = (_by_id(content) for content in (stand.export("after"), peace))
    kept = sum(mine[item]["state"] == "rejected" for item in decided)
    result.check(f"decisions kept: {kept} of {len(decided)}", kept == len(decided))
    lost, more = theirs.keys() - mine.keys(), mine.keys() - theirs.keys()
    differ = [item for item in mine if item not in decided and mine[item] != theirs.get(item)]
    result.check(f"{len(mine)} items: lost {len(lost)}, not planned before {len(more)}", not lost and not more)
    result.check(f"others that differ from the undisturbed run: {len(differ)}", not differ)


def _by_id(content: bytes) -> dict[str, Any]:
    lines = [json.loads(line) for line in content.splitlines()]
    found = {one["id"]: one for one in lines}
    assert len(found) == len(lines), "an id is exported twice"
    return found


def _flush(stand: Stand, result: Row) -> None:
    workdir = Workdir(stand.workdir)
    waiting = _counts(stand)["queued"]
    with redis.Redis.from_url(addresses_now(workdir).redis) as cache:
        before = cache.zcard("spinestream:review:queue")
        cache.flushall()
        wait_for(lambda: cache.zcard("spinestream:review:queue") == waiting, 60, "the queue to be rebuilt")
    result.check(f"Redis flushed: {before} in the queue before, {waiting} again", before == waiting)
