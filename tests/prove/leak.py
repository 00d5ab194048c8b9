"""No planted identifier is found in anything a deployment keeps; a canary written past the de-identifier is."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pydicom
import redis
from pymongo import MongoClient

from generation.phantom import make_studies
from generation.sources import Language
from spinestream.cli.phantom import write_studies
from spinestream.embedded import Addresses
from spinestream.turns import serving
from spinestream.wiring import broker_settings
from spinestream.workdir import Workdir
from streams.blobs import BlobStore
from streams.broker import Broker
from streams.topics import SOURCES
from tests.prove.leaks.places import collections, files, keys_of_redis, topics
from tests.prove.leaks.search import Leak, Search
from tests.prove.leaks.unpack import Content
from tests.prove.row import Row, row
from tests.prove.stand import spinestream
from tests.streams.intake.deid.canary_objects import MR, SR, canary

STUDIES = 6
CANARY = "Quillfeather^Ottoline"
"""Of the positive control; in no name list."""
REPORT = "Patient: Ottilie Wintergreen\nMRN: 88213407\n\nFINDINGS\n\nThere is a disc extrusion at L4/L5.\n"


@row("leak")
def leak(folder: Path) -> Row:
    """Phantom studies and objects full of canaries through the whole deployment; then everything is searched."""
    result = Row(
        "leak: every place searched for planted identifiers",
        f"{STUDIES} phantom studies with their ledgers, an MR and an SR object with a canary in every kind of place, "
        "scripted engine; topics, collections, Redis, blobs, exports, logs and all other files, unpacked and decoded",
    )
    planted, per_object = _plant(folder / "in")
    workdir = Workdir(folder / "W")
    told = _run(folder, workdir)
    result.say(f"{len(planted)} identifiers planted, {per_object} in each canary object; {told['sources']} cases")
    with serving(workdir) as servers:
        search = Search(planted)
        found = search.leaks(_everything(folder, workdir, servers.addresses))
        result.check(f"{search.looked_at:,} pieces of content searched, found: {len(found)}", not found)
        for one in found[:20]:
            result.say(f"identifier {one.number} ({len(planted[one.number])} characters) in {one.where}")
        places = _write_past(folder, workdir, servers.addresses)
        control = Search([CANARY]).leaks(_everything(folder, workdir, servers.addresses))
    _check_control(places, control, result)
    modes = oct(workdir.spool.stat().st_mode & 0o777)
    left = [
        one
        for one in workdir.spool.rglob("*")
        if one.is_file() and one.stat().st_size and "quarantine" not in one.parts
    ]
    result.check(
        f"spool {modes}, originals left in it beside the quarantine: {len(left)}", modes == "0o700" and not left
    )
    return result


def _plant(folder: Path) -> tuple[list[str], int]:
    """Write the studies; returns every planted identifier, and how many each canary object has."""
    lines = write_studies(folder, make_studies(STUDIES, 11, tuple(Language)))
    planted = {value for line in lines for value in line.phi}
    counts = []
    for name, sop_class in (("canary-mr", MR), ("canary-sr", SR)):
        made = canary(sop_class)
        place = folder / name
        place.mkdir()
        (place / "object.dcm").write_bytes(made.content)
        (place / "report.txt").write_text(REPORT)
        planted |= set(made.planted.values())
        counts.append(len(made.planted))
    planted |= {"Ottilie Wintergreen", "88213407"}
    return sorted(planted), min(counts)


def _run(folder: Path, workdir: Workdir) -> dict[str, Any]:
    done = spinestream(
        *("run", str(folder / "in"), "--workdir", str(workdir.root), "--engine", "scripted", "--json"), timeout=900
    )
    (folder / "console.log").write_text(done.stderr + done.stdout)
    assert done.returncode in (0, 3), done.stderr[-2000:]
    for state in ("all", "queued,held"):
        out = folder / f"export-{len(state)}.jsonl"
        exported = spinestream("samples", "export", "--workdir", str(workdir.root), "--out", str(out), "--state", state)
        assert exported.returncode == 0, exported.stderr
    for command in (("status",), ("quarantine", "list"), ("sources", "list"), ("deadletters", "list")):
        said = spinestream(*command, "--workdir", str(workdir.root), "--json")
        (folder / f"said-{'-'.join(command)}.json").write_text(said.stdout + said.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _everything(folder: Path, workdir: Workdir, addresses: Addresses) -> Iterator[Content]:
    """Yield what is kept, but for the studies given and the quarantine, which holds originals on purpose."""
    yield from topics(addresses)
    yield from collections(addresses)
    yield from keys_of_redis(addresses)
    yield from files(folder, folder / "in", workdir.spool / "quarantine", workdir.root / "servers")


def _write_past(folder: Path, workdir: Workdir, addresses: Addresses) -> list[str]:
    """Write the canary into a thing of every kind; returns how each place is named."""
    from kafka import KafkaProducer

    settings = broker_settings(addresses)
    producer = KafkaProducer(**settings.client())
    raw, topic = CANARY.encode(), Broker(settings).wire_name(SOURCES.name)
    for part in ("key", "value", "header"):
        headers = [("ce_subject", raw if part == "header" else b"")]
        producer.send(
            topic, key=raw if part == "key" else b"k", value=raw if part == "value" else b"v", headers=headers
        )
    producer.flush()
    producer.close()
    with MongoClient[dict[str, Any]](addresses.mongodb) as client:
        client["spinestream"]["samples"].insert_one(
            {"_id": "past", "deep": [{"text": f"seen by {CANARY}"}]}, bypass_document_validation=True
        )
    with redis.Redis.from_url(addresses.redis) as cache:
        cache.set("spinestream:past", raw.decode())
    blobs = BlobStore(str(workdir.blobs))
    blobs.put_now(_object())
    blobs.put_now(gzip.compress(json.dumps({"text": CANARY.replace("^", " ")}).encode()))
    (folder / "export-3.jsonl").open("ab").write(b'{"past": "' + CANARY.encode("utf-8") + b'"}\n')
    (workdir.logs / "store.log").open("ab").write(CANARY.encode("utf-16-le"))
    return ["key", "value", "header", "collection", "redis", "blob of DICOM", "blob of gzip", "export", "log"]


def _object() -> bytes:
    """A DICOM blob with the canary in a private element of a nested item."""
    dataset = pydicom.dcmread(io.BytesIO(canary(MR).content))
    inner = pydicom.Dataset()
    inner.private_block(0x0011, "SPINESTREAM PROOF", create=True).add_new(0x01, "LO", CANARY)
    outer = pydicom.Dataset()
    outer.SOPClassUID, outer.SOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    outer.StudyInstanceUID, outer.SeriesInstanceUID = "2.25.3", "2.25.4"
    outer.RequestAttributesSequence = [inner]
    outer.file_meta = dataset.file_meta
    out = io.BytesIO()
    pydicom.dcmwrite(out, outer, enforce_file_format=True)
    return out.getvalue()


def _check_control(places: Sequence[str], found: Sequence[Leak], result: Row) -> None:
    seen: Counter[str] = Counter()
    for one in found:
        if one.where.startswith("topic"):
            seen[next(part for part in ("key", "value", "header") if f" {part}" in one.where)] += 1
        elif "blobs/" in one.where:
            seen["blob of gzip" if "gzip" in one.where else "blob of DICOM"] += 1
        else:
            named = {"collection": "collection", "redis": "redis", "export": "export", ".log": "log"}
            seen[next((name for mark, name in named.items() if mark in one.where), one.where)] += 1
    missing = [one for one in places if not seen[one]]
    result.check(
        f"positive control: found in {len(places) - len(missing)} of {len(places)} kinds of place", not missing
    )
    if missing:
        result.say(f"not found: {', '.join(missing)}")
