"""Acknowledged is kept: a gateway that is killed while two associations send stores each instance it said it had,
once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydicom.uid import ExplicitVRLittleEndian
from pymongo import MongoClient
from pynetdicom import AE
from pynetdicom.association import Association

from generation.cases import CASE_MEDIA_TYPE, Case
from spinestream.endpoints import addresses_now
from spinestream.gateway_file import gateway_told
from spinestream.workdir import Workdir
from streams.blobs import BlobStore
from streams.intake.deid import Pseudonyms
from tests.prove.row import Row, row
from tests.prove.stand import kill, spinestream, wait_for
from tests.streams.intake.gateway.dicom_samples import MR, Sample

STUDIES, IN_STUDY = 10, 50
KILL_AT = (150, 350)
"""Instances acknowledged at each kill."""
QUIET = 1.0
AET = "PROVE"


@dataclass
class Sent:
    """What senders know: which instances were acknowledged to them."""

    acknowledged: set[str] = field(default_factory=set)
    twice: int = 0
    failures: int = 0

    def note(self, uid: str) -> None:
        self.twice += uid in self.acknowledged
        self.acknowledged.add(uid)


@row("acknowledged")
def acknowledged(folder: Path) -> Row:
    """500 instances over two associations; the gateway is killed twice, senders retry what was not acknowledged."""
    result = Row(
        "acknowledged is kept: 500 instances, two associations, the gateway killed twice",
        f"`up gateway`, {STUDIES} studies of {IN_STUDY}, quiet period {QUIET:.0f} s; nothing acknowledged is resent",
    )
    place, sent = Workdir(folder / "W"), Sent()
    with _deployment(place) as (host, port):
        began = time.monotonic()
        senders = [threading.Thread(target=_send, args=(host, port, half, sent)) for half in (0, 1)]
        for one in senders:
            one.start()
        for at in KILL_AT:
            _strike(place, at, sent, result)
        for one in senders:
            one.join(300)
        seconds = time.monotonic() - began
        total = STUDIES * IN_STUDY
        result.check(
            f"acknowledged {len(sent.acknowledged)} of {total} in {seconds:.0f} s, "
            f"{sent.failures} sends failed and were tried again",
            len(sent.acknowledged) == total and sent.failures > 0,
        )
        wait_for(lambda: not _lying(place), 120, "the spool to be empty")
        _look(place, sent, result)
    return result


@contextmanager
def _deployment(place: Workdir) -> Iterator[tuple[str, int]]:
    """Run `up gateway` until the end of the block; yields where it listens."""
    command = [sys.executable, "-m", "spinestream", "up", "gateway", "--dicom-port", "0", "--aet", AET]
    with (place.root.parent / "up.log").open("w") as console:
        process = subprocess.Popen(
            [*command, "--workdir", str(place.root), "--json"],
            env={**os.environ, "SPINESTREAM_GATEWAY__QUIET_SECONDS": str(QUIET)},
            stdout=console,
            stderr=subprocess.STDOUT,
        )
    try:
        told = wait_for(lambda: _told(place), 120, "the gateway to listen")
        yield told
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(150)


def _told(place: Workdir) -> tuple[str, int] | None:
    done = spinestream("status", "--workdir", str(place.root), "--json") if place.run.is_dir() else None
    found = json.loads(done.stdout) if done is not None and done.returncode == 0 else {}
    if not (found.get("ready") and found.get("dicom")):
        return None
    host, _, port = found["dicom"].rpartition(":")
    return host, int(port)


def _send(host: str, port: int, half: int, sent: Sent) -> None:
    """Send one half of every study, each instance until it is acknowledged."""
    numbers = range(half * IN_STUDY // 2, (half + 1) * IN_STUDY // 2)
    samples = [Sample(study=str(study), number=number) for study in range(STUDIES) for number in numbers]
    association: Association | None = None
    for sample in samples:
        dataset = sample.dataset()
        while True:
            if association is None or not association.is_established:
                association = _associate(host, port)
                continue
            try:
                status = association.send_c_store(dataset)
            except (RuntimeError, ValueError):
                status = None
            if status is not None and getattr(status, "Status", None) == 0:
                sent.note(dataset.SOPInstanceUID)
                break
            sent.failures += 1
            association = None
    if association is not None:
        association.release()


def _associate(host: str, port: int) -> Association:
    entity = AE(ae_title="SENDER")
    entity.add_requested_context(MR, ExplicitVRLittleEndian)
    entity.connection_timeout = entity.dimse_timeout = entity.acse_timeout = 5

    def connected() -> Association | None:
        made = entity.associate(host, port, ae_title=AET)
        return made if made.is_established else None

    found: Association = wait_for(connected, 60, "the gateway to take an association")
    return found


def _strike(place: Workdir, at: int, sent: Sent, result: Row) -> None:
    """Kill the gateway once so many instances are acknowledged; returns when another listens."""
    wait_for(lambda: len(sent.acknowledged) >= at, 300, f"{at} instances to be acknowledged")
    told = gateway_told(place)
    assert told is not None
    kill(told.pid)
    result.say(f"killed with {len(sent.acknowledged)} acknowledged, of these {_lying(place)} only in the spool")
    wait_for(lambda: (now := gateway_told(place)) is not None and now.pid != told.pid, 60, "another gateway")


def _lying(place: Workdir) -> int:
    return len(list((place.spool / "studies").glob("*/*.dcm")))


def _look(place: Workdir, sent: Sent, result: Row) -> None:
    """Count in the store: instances, the live version of every case, quarantine."""
    pseudonyms = Pseudonyms(place.pseudonym_key().encode())
    wanted = {pseudonyms.uid(uid) for uid in sent.acknowledged}
    blobs = BlobStore(str(place.blobs))
    with MongoClient[dict[str, Any]](addresses_now(place).mongodb) as client:
        found = client["spinestream"]
        stored = [one["_id"] for one in found["instances"].find()]
        live = list(found["sources"].find({"media_type": CASE_MEDIA_TYPE, "superseded_by": {"$exists": False}}))
        versions = found["sources"].count_documents({})
        refused = found["quarantine"].count_documents({})
    cases = [Case.model_validate_json(blobs.get_now(one["blob"])) for one in live]
    instances = [instance for case in cases for series in case.series for instance in series.instances]
    times = Counter(one.uid for one in instances)
    missing = sum(not blobs.has(one.blob) for one in instances)
    result.check(f"instances stored {len(stored)}, acknowledged ones among them {len(wanted & set(stored))} of "
                 f"{len(wanted)}", set(stored) == wanted and len(stored) == len(wanted))  # fmt: skip
    result.check(f"live cases {len(cases)} ({versions} versions), instances in them {len(instances)}, each once: "
                 f"{set(times) == wanted and set(times.values()) == {1}}",
                 len(cases) == STUDIES and set(times) == wanted and set(times.values()) == {1})  # fmt: skip
    result.check(f"blobs missing {missing}, quarantined {refused}, resent after an acknowledgement {sent.twice}",
                 missing == refused == sent.twice == 0)  # fmt: skip
