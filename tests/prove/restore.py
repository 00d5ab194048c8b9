"""Backup and restore as docs/operations.md says: MongoDB, blobs and keys come back, broker and queue start empty."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

from spinestream.perf.corpus import write_corpus
from tests.prove.chaos import scripted, undisturbed
from tests.prove.row import Row, row
from tests.prove.stand import Stand, spinestream

DECIDED = 5
LATENCY = 0.02


@row("restore")
def restore(folder: Path) -> Row:
    """A backup after half of the documents, all of them done, everything lost, the backup restored."""
    first, every = folder / "first", folder / "documents"
    write_corpus(every, 12, 24)
    first.mkdir()
    for one in sorted(every.iterdir())[:6]:
        shutil.copy2(one, first / one.name)
    peace, _ = undisturbed(folder, every)
    result = Row(
        "restore: an older MongoDB, blobs and keys, beside an empty broker and an empty queue",
        "scripted engine, 12 documents; the backup is of a stopped deployment with half of them and five decisions",
    )
    stand = scripted(folder, "restore", first, LATENCY)
    _run(stand)
    decided = _decide(stand)
    backup = folder / "backup"
    shutil.copytree(stand.workdir, backup, symlinks=True)
    stand.documents = every
    _run(stand)
    done = _states(stand)
    result.check(f"before the loss: {dict(done)}", sum(done.values()) > sum(_states_of(backup, stand).values()))
    shutil.rmtree(stand.workdir)
    _put_back(backup, stand.workdir)
    restored = _states(stand)
    result.say(f"restored: {dict(restored)}")
    summary = _run(stand)
    result.check(f"open after the restored deployment ran: {summary['open']}", summary["open"] == 0)
    result.check(f"states: {dict(_states(stand))}, as before the loss", _states(stand) == done)
    kept = {one["id"] for one in _records(stand) if one["state"] == "accepted"}
    result.check(f"decisions of the backup kept: {len(kept & decided)} of {len(decided)}", kept == decided)
    ids = [one["id"] for one in _records(stand)]
    result.check(f"{len(ids)} samples, none doubled", len(ids) == len(set(ids)))
    result.check("the same samples as an undisturbed run's", set(ids) == _ids(peace))
    return result


def _run(stand: Stand) -> dict[str, int]:
    stand.start()
    found: dict[str, int] = stand.finish(600)
    return found


def _decide(stand: Stand) -> set[str]:
    queued = sorted(one["id"] for one in _records(stand) if one["state"] == "queued")[:DECIDED]
    for sample in queued:
        done = spinestream("samples", "accept", sample, "--who", "proof", "--workdir", str(stand.workdir))
        assert done.returncode == 0, done.stderr
    return set(queued)


def _records(stand: Stand) -> list[dict[str, str]]:
    return [json.loads(line) for line in stand.export("records").splitlines()]


def _states(stand: Stand) -> Counter[str]:
    return Counter(one["state"] for one in _records(stand))


def _states_of(workdir: Path, like: Stand) -> Counter[str]:
    """Return the states in a copy of a work folder."""
    return _states(Stand(workdir, like.documents, like.options, like.env))


def _ids(export: bytes) -> set[str]:
    return {json.loads(line)["id"] for line in export.splitlines()}


def _put_back(backup: Path, workdir: Path) -> None:
    """Restore what the runbook names: the database, the blobs, the keys; not the broker, not the queue."""
    workdir.mkdir()
    for name in ("blobs", "secrets", "run"):
        shutil.copytree(backup / name, workdir / name)
    shutil.copytree(backup / "servers" / "mongodb", workdir / "servers" / "mongodb")
