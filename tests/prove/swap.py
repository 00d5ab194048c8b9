"""Hot swap: adapters change under load, in one engine and in a whole deployment; no request fails, none is mixed up."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from actors.adapters import store_adapter
from actors.engines import open_engine
from actors.engines.adapters import Adapter, read_adapter, zero_adapter
from actors.engines.small_model import NAME, prepare
from actors.engines.weights import weights_digest
from generation.requests import ModelRequest, Turn
from spinestream.perf.corpus import write_corpus
from spinestream.turns import serving
from spinestream.wiring import broker_settings
from spinestream.workdir import Workdir
from streams import topics
from streams.blobs import BlobStore
from streams.broker import Broker
from streams.errors import DependencyDown
from streams.model_payloads import AdapterRef, ModelPromoted, Move
from streams.publisher import Publisher
from tests.actors.made_adapters import changed, like
from tests.prove.row import Row, row
from tests.prove.stand import Inside, Stand, wait_for

IN_FLIGHT = 24
SWAPS = 9
BETWEEN_SECONDS = 6.0
TEXT = {"type": "string", "minLength": 200, "maxLength": 1200}
SETTINGS = {"max_num_seqs": 32, "max_model_len": 2048}
DRAFTED = {"drafts.0": {"$exists": True}}


@row("swap")
def swap(folder: Path) -> Row:
    """One engine under load first, then a run of documents with a promotion, a broken one and a rollback in it."""
    result = Row(
        "hot swap under load",
        f"bundled model on vLLM, adapters of rank 8, random weights; one engine with {IN_FLIGHT} requests in flight "
        f"and {SWAPS} swaps, compared with cold engines; then `spinestream run` with promotions in mid-run",
    )
    zero = zero_adapter(prepare())
    pair = tuple(read_adapter(like(zero, folder / name, seed)) for seed, name in enumerate(("one", "two"), 1))
    asyncio.run(_one_engine(pair, result))
    _deployment(folder, pair, result)
    return result


def request(name: str, tokens: int, temperature: float, seed: int = 7) -> ModelRequest:
    """Return a request whose answer is as long as its tokens allow."""
    return ModelRequest(
        id=f"{name}/draft/0",
        turns=(Turn(role="user", text=f"Describe the lumbar spine, passage {name}."),),
        answer_schema=TEXT,
        max_tokens=tokens,
        temperature=temperature,
        seed=seed,
    )


@dataclass
class Load:
    """Requests that are always in flight, and what became of them."""

    engine: Any
    answers: list[tuple[str | None, str | None]] = field(default_factory=list)
    """Which adapter answered when it was asked, and which one the answer names."""
    failures: list[str] = field(default_factory=list)
    outlived: int = 0
    """Answers of an adapter that was not the one that answered any more when they were done."""

    async def keep(self, stop: asyncio.Event) -> None:
        """Ask until `stop`."""
        numbers = itertools.count()

        async def one() -> None:
            while not stop.is_set():
                wanted = self.engine.card.adapter
                try:
                    answer = await self.engine.generate(request(f"load{next(numbers)}", 96, 1.0))
                except Exception as error:  # noqa: BLE001 - whatever it is, it is a failed request
                    self.failures.append(f"{type(error).__name__}: {error}")
                    continue
                self.answers.append((wanted, answer.adapter))
                self.outlived += answer.adapter != self.engine.card.adapter

        await asyncio.gather(*(one() for _ in range(IN_FLIGHT)))


async def _one_engine(pair: tuple[Adapter, ...], result: Row) -> None:
    engine = await asyncio.to_thread(open_engine, "vllm", SETTINGS)
    load, stop = Load(engine), asyncio.Event()
    loading = asyncio.create_task(load.keep(stop))
    took: list[float] = []
    for _, adapter in zip(range(SWAPS), itertools.cycle((*pair, None)), strict=False):
        await asyncio.sleep(BETWEEN_SECONDS)
        began = time.monotonic()
        name = await engine.load(adapter)
        await engine.self_test(name)
        await engine.use(name)
        took.append(time.monotonic() - began)
    stop.set()
    await loading
    wrong = sum(asked != answered for asked, answered in load.answers)
    by_adapter = Counter(str(answered) for _, answered in load.answers)
    result.say(
        f"{len(load.answers)} answers: {dict(by_adapter)}; load, self-test and swap took at most {max(took):.1f} s"
    )
    result.check(f"failed requests {len(load.failures)} {load.failures[:3]}", not load.failures)
    result.check(f"answers of another adapter than the one that answered when they were asked: {wrong}", not wrong)
    result.check(f"answers that ended on the old adapter after a swap: {load.outlived}", load.outlived > 0)
    hot = {}
    for adapter in pair:
        await engine.use(await engine.load(adapter))
        hot[adapter.name] = await _alone(engine)
    await engine.close()
    for adapter in pair:
        cold = await asyncio.to_thread(open_engine, "vllm", {**SETTINGS, "adapter": str(adapter.folder)})
        same = sum(a == b for a, b in zip(await _alone(cold), hot[adapter.name], strict=True))
        await cold.close()
        result.check(f"answers at temperature 0 equal a cold engine's: {same} of 12 with {adapter.name}", same == 12)
    apart = sum(a != b for a, b in zip(*hot.values(), strict=True))
    result.check(f"answers that differ between the two adapters: {apart} of 12", apart >= 10)


async def _alone(engine: Any) -> list[str]:
    asked = [request(f"alone{number}", 64, 0.0) for number in range(12)]
    return [(await engine.generate(one)).candidates[0].text for one in asked]


def _deployment(folder: Path, pair: tuple[Adapter, ...], result: Row) -> None:
    """Promote, promote something broken, and roll back while documents are drafted and revised."""
    documents = folder / "documents"
    write_corpus(documents, 2, 22)
    stand = Stand(
        folder / "work", documents, ("--kinds", "mcq", "--in-flight", "4"), {"SPINESTREAM_PLAN": '{"max_items": 14}'}
    )
    inside = Inside(stand.workdir)
    stand.start()
    wait_for(lambda: _drafted(inside) >= 4, 600, "the first drafts")
    blobs = BlobStore(str(stand.workdir / "blobs"))
    sound = asyncio.run(_stored(blobs, pair[0].folder))
    nan = changed(pair[1].folder, folder / "nan", lambda name, tensor: tensor * float("nan"))
    bad = asyncio.run(_stored(blobs, nan))
    for seq, ref, wanted in (
        (1, sound, {"kind": "flip", "seq": 1}),
        (2, bad, {"kind": "ack", "seq": 2, "state": "failed"}),
        (3, None, {"kind": "flip", "seq": 3}),
    ):
        _promote(inside, seq, ref)
        wait_for(partial(_find, inside, "routes", wanted), 300, f"the end of promotion {seq}")
        wait_for(partial(_more, stand, inside, _drafted(inside) + 4), 600, "drafts after it")
    settled = stand.finish(900)
    with serving(Workdir(stand.workdir)) as servers:
        url = servers.addresses.mongodb
        flips = [one["flipped"]["adapter"] for one in _read(url, "routes", {"kind": "flip"})]
        samples = _read(url, "samples", DRAFTED)
    result.check(f"flips {flips}: the broken one is not among them", flips == [sound.name, ""])
    drafts = Counter(one["drafts"]["0"]["provenance"]["adapter"] for one in samples)
    result.check(f"drafts by adapter {dict(drafts)}", len(drafts) == 2 and drafts[sound.name] > 0)
    told = f"{settled['planned']} items, open {settled['open']}, dead {settled['dead']}"
    result.check(told, settled["planned"] > 0 and not settled["open"] and not settled["dead"])


async def _stored(blobs: BlobStore, adapter: Path) -> AdapterRef:
    digest = weights_digest(prepare())
    return await store_adapter(blobs, adapter, called="spine", model=NAME, model_digest=digest)


def _promote(inside: Inside, seq: int, ref: AdapterRef | None) -> None:
    """Tell a promotion as the registry does."""
    move = Move.PROMOTED if ref else Move.ROLLED_BACK
    promoted = ModelPromoted(seq=seq, adapter=ref, previous="", move=move, who="prove", why="the row `swap`")
    publisher = Publisher(Broker(broker_settings(inside.addresses())))
    event = topics.PROMOTIONS.event(promoted, key="model", subject=f"model-{seq}", source="registry")
    asyncio.run(publisher.publish([event]))
    publisher.close()


def _more(stand: Stand, inside: Inside, drafts: int) -> bool:
    return not stand.running or _drafted(inside) >= drafts


def _drafted(inside: Inside) -> int:
    """Return how many items are drafted; 0 while the servers start."""
    try:
        return len(_find(inside, "samples", DRAFTED))
    except (DependencyDown, PyMongoError):
        return 0


def _find(inside: Inside, collection: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    return _read(inside.addresses().mongodb, collection, wanted)


def _read(url: str, collection: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=3000) as client:
        return list(client["spinestream"][collection].find(wanted).sort("seq"))
