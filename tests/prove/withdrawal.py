"""Withdrawal: sources withdrawn at random instants of a run leave no live sample, no queue entry and no exported
line."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

import orjson
import redis
from pymongo import MongoClient

from spinestream.embedded import Servers
from spinestream.perf.corpus import write_corpus
from tests.prove.chaos import scripted
from tests.prove.row import Row, row
from tests.prove.stand import Stand, spinestream, wait_for

WITHDRAWALS = 20


@row("withdrawal")
def withdrawal(folder: Path) -> Row:
    """Twenty sources go at random instants of one run, each by the command a person would give."""
    documents = folder / "documents"
    write_corpus(documents, 40, 24)
    for place in documents.iterdir():
        place.with_name(f"{place.stem}.meta.yaml").write_text(f"id: {place.stem}\n")
    result = Row("withdrawal at 20 random instants of a run", "scripted engine, 40 documents, latency 0.4 s a call")
    stand = scripted(folder, "withdrawal", documents, 0.4)
    stand.start()
    wait_for(lambda: len(_known(stand)) == 40, 120, "all documents to be taken in")
    chance = random.Random(20)
    gone = chance.sample(sorted(_known(stand)), WITHDRAWALS)
    instants = _withdraw_at_random(stand, gone, chance)
    settled = stand.finish(600)
    result.say("seconds after the documents were in: " + ", ".join(f"{one:.1f}" for one in sorted(instants)))
    result.check(f"run finished: open {settled['open']}, retracted {settled['retracted']}", settled["open"] == 0)
    _look(stand, set(gone), folder, result)
    return result


def _known(stand: Stand) -> list[str]:
    done = spinestream("sources", "list", "--workdir", str(stand.workdir), "--json")
    return [one["id"] for one in orjson.loads(done.stdout)] if done.returncode == 0 else []


def _withdraw_at_random(stand: Stand, gone: list[str], chance: random.Random) -> list[float]:
    """Withdraw each source by a command of its own, spread over the run; returns when each command ended."""
    began = time.monotonic()
    ended: list[float] = []

    def withdraw(source: str) -> None:
        done = spinestream("sources", "withdraw", source, "--workdir", str(stand.workdir), "--why", "proof", "--json")
        assert done.returncode == 0, done.stderr
        ended.append(time.monotonic() - began)

    threads = []
    for source in gone:
        one = threading.Thread(target=withdraw, args=(source,))
        one.start()
        threads.append(one)
        time.sleep(chance.uniform(0.0, 1.5))
    for one in threads:
        one.join()
    assert len(ended) == len(gone), "a withdrawal failed"
    return ended


def _look(stand: Stand, gone: set[str], folder: Path, result: Row) -> None:
    """Count what is left of the withdrawn sources, in the store, on the queue and in exports of every state."""
    with Servers(stand.workdir, only=("mongodb", "redis")) as servers:
        with MongoClient[dict[str, Any]](servers.addresses.mongodb) as client:
            samples = client["spinestream"]["samples"]
            theirs = {"source.id": {"$in": sorted(gone)}}
            ids = {one["_id"] for one in samples.find(theirs, {"_id": 1})}
            live = samples.count_documents({**theirs, "state": {"$ne": "retracted"}})
            results = client["spinestream"]["stage_results"].count_documents({"source_id": {"$in": sorted(gone)}})
            others = samples.count_documents({"source.id": {"$nin": sorted(gone)}, "state": "queued"})
        queue = redis.Redis.from_url(servers.addresses.redis)
        queued = {one.decode() for one in queue.zrange("spinestream:review:queue", 0, -1)}
    out = folder / "all.jsonl"
    done = spinestream("samples", "export", "--workdir", str(stand.workdir), "--out", str(out), "--state", "all")
    assert done.returncode == 0, done.stderr
    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    exported = sum(1 for one in lines if one["source"]["id"] in gone)
    result.check(f"samples of the withdrawn sources: {len(ids)}, live {live}", live == 0)
    result.check(f"their queue entries {len(queued & ids)}, of {len(queued)}", not queued & ids)
    result.check(f"their exported lines {exported}, of {len(lines)}", exported == 0)
    result.check(f"their stage results {results}", results == 0)
    result.check(f"queue equals the queued samples of the others: {len(queued)} = {others}", len(queued) == others)
