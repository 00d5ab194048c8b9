"""A scorer that is killed in mid-work, three times: no answer is kept twice, and one comparison is told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from pymongo import MongoClient

from actors.adapters import store_adapter
from bench.items.from_phantoms import phantom_items
from bench.runner.answerer import Method
from bench.runner.settings import SEED
from generation.sources import Language
from spinestream.embedded import Addresses, Servers
from spinestream.settings import Settings, save
from spinestream.wiring import blobs_url, broker_settings
from spinestream.workdir import Workdir
from streams import topics
from streams.blobs import BlobStore
from streams.broker import Broker
from streams.model_payloads import AdapterMade, AdapterRef
from streams.publisher import Publisher
from tests.prove.row import Row, row
from tests.prove.stand import wait_for

PHANTOMS, BATCH = 300, 8
KILLS = (0.1, 0.4, 0.8)
"""Of all answers, after which the role is killed."""


@row("kill-scorer")
def kill_scorer(folder: Path) -> Row:
    """The scorer role killed three times while it scores champion and candidate."""
    result = Row(
        "kill: the scorer in mid-work",
        f"`role scorer` with the scripted answerer on the real servers, items about {PHANTOMS} phantoms, three "
        f"methods, {BATCH} items a batch; SIGKILL at {', '.join(f'{at:.0%}' for at in KILLS)} of the answers",
    )
    place, log = Workdir.open(folder / "W"), folder / "asked.log"
    answering = {"right": 0.5, "adapted": 0.7, "call_log": str(log)}
    settings = Settings(engine="scripted", bench={"phantoms": PHANTOMS, "batch": BATCH, "scripted": answering})
    save(place, settings)
    with Servers(place.root) as servers, MongoClient[dict[str, Any]](servers.addresses.mongodb) as client:
        _tell_candidate(servers.addresses, BlobStore(blobs_url(place, settings)), folder)
        database = client[settings.database]
        kills = _scored(place, servers.addresses, database)
        _look(database, log, kills, result)
    return result


def _tell_candidate(addresses: Addresses, blobs: BlobStore, folder: Path) -> None:
    """Publish a candidate whose bytes nobody looks into."""
    made = folder / "adapter"
    made.mkdir()
    (made / "adapter_config.json").write_bytes(
        orjson.dumps({"peft_type": "LORA", "r": 8, "target_modules": ["q_proj"]})
    )
    (made / "adapter_model.safetensors").write_bytes(b"weights")
    stored = store_adapter(blobs, made, called="spine", model="scripted", model_digest="0" * 64)
    ref: AdapterRef = asyncio.run(stored)
    payload = AdapterMade(adapter=ref, run="run-1", snapshot="1" * 64, parent="", simulated=True)
    broker = Broker(broker_settings(addresses))
    broker.ensure_topics()
    publisher = Publisher(broker)
    event = topics.CANDIDATES.event(payload, key=ref.name, subject=ref.name, source="trainer")
    asyncio.run(publisher.publish([event]))
    publisher.close()
    broker.close()


def _scored(place: Workdir, addresses: Addresses, database: Any) -> list[int]:
    """Run the role until the comparison is there, killed on the way; returns the answers kept at each kill."""
    answers, kills, total = database["answers"], list[int](), _all()
    for share in KILLS:
        process = _start(place, addresses)
        _until(process, lambda wanted=share * total: answers.estimated_document_count() >= wanted)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills.append(answers.count_documents({}))
    process = _start(place, addresses)
    _until(process, lambda: database["comparisons"].count_documents({}) > 0)
    process.terminate()
    process.wait(60)
    return kills


def _start(place: Workdir, addresses: Addresses) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "spinestream", "role", "scorer", "--workdir", str(place.root)]
    with (place.root / "scorer.log").open("ab") as log:
        return subprocess.Popen(command, env={**os.environ, **addresses.environment()}, stdout=log, stderr=log)


def _until(process: subprocess.Popen[bytes], there: Callable[[], bool]) -> None:
    wait_for(lambda: there() or process.poll() is not None, 300, "the scorer")
    assert process.poll() is None, "the scorer ended by itself: see W/scorer.log"


def _all() -> int:
    """Return the answers that there will be, of two models by every method; two items may ask the same."""
    return len({item.asked() for item in phantom_items(PHANTOMS, (Language.EN,), SEED)}) * len(Method) * 2


def _look(database: Any, log: Path, kills: list[int], result: Row) -> None:
    total = _all()
    result.check(f"SIGKILL at {kills} answers of {total}", all(0 < kept < total for kept in kills))
    asked = Counter(log.read_text().splitlines())
    again = sum(asked.values()) - len(asked)
    kept = database["answers"].count_documents({})
    result.check(
        f"answers kept {kept}, different questions asked {len(asked)}, wanted {total}", kept == len(asked) == total
    )
    result.check(
        f"asked again: {again}, those of a batch that no kill let be kept (at most {BATCH} a kill)",
        again <= BATCH * len(kills) and max(asked.values()) <= 1 + len(kills),
    )
    comparisons = list(database["comparisons"].find())
    whole = comparisons[0]["axes"][0]
    result.check(
        f"comparisons {len(comparisons)}: {whole['difference']:+.3f} ({whole['low']:+.3f} – {whole['high']:+.3f}) of "
        f"{whole['items']} items",
        len(comparisons) == 1,
    )
