"""A question with two slices through Kafka, an actor and the store, answered by the tiny vision-language model."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from actors.engines.random_vlm import make_random_vlm
from generation.ids import digest
from generation.phantom import make_studies
from generation.sources import Language
from spinestream.cli.phantom import write_studies
from spinestream.turns import serving
from spinestream.workdir import Workdir
from streams.blobs import BlobStore
from tests.prove.row import Row, row
from tests.prove.stand import spinestream

PNG = b"\x89PNG\r\n\x1a\n"
STAGES = ("draft", "revise")
GENERATION = {"draft_candidates": 1, "revision_candidates": 1, "few_shot": 0, "corrective_turns": 0, "images": 2}


@row("images")
def images(folder: Path) -> Row:
    """One phantom study whose items are asked with two slices each."""
    result = Row(
        "images: two slices through Kafka, actor and store",
        "a phantom study, the tiny Qwen2.5-VL with random weights on vLLM; what it writes is held, never queued",
    )
    write_studies(folder / "in", make_studies(1, 5, (Language.EN,)))
    model, record = make_random_vlm(folder / "random-vlm"), folder / "record.jsonl"
    engine = {"model": str(model), "dtype": "float32", "images_per_request": 2, "record": str(record)}
    workdir = Workdir(folder / "W")
    done = spinestream(
        *("run", str(folder / "in"), "--workdir", str(workdir.root), "--kinds", "mcq", "--json"),
        *(f"--engine-setting={name}={json.dumps(value)}" for name, value in engine.items()),
        env={"SPINESTREAM_GENERATION": json.dumps(GENERATION), "SPINESTREAM_PLAN": '{"max_items": 4}'},
        timeout=900,
    )
    assert done.returncode in (0, 3), done.stderr[-2000:]
    told = json.loads(done.stdout)
    result.check(
        f"{told['planned']} items, open {told['open']}, dead {told['dead']}, queued {told['queued']}, "
        f"held {told['held_items']} ({told['held']})",
        told["planned"] > 0 and not told["open"] and not told["dead"] and told["held_items"] == told["planned"],
    )
    with serving(workdir) as servers, MongoClient[dict[str, Any]](servers.addresses.mongodb) as client:
        samples = list(client["spinestream"]["samples"].find())
    _look(samples, record, BlobStore(str(workdir.blobs)), result)
    return result


def _look(samples: list[dict[str, Any]], record: Path, blobs: BlobStore, result: Row) -> None:
    figures = {figure["image"] for one in samples for figure in one["plan"]["figures"]}
    pictures = {address: blobs.get_now(address) for address in figures}
    good = sum(content.startswith(PNG) and digest(content) == address for address, content in pictures.items())
    result.check(
        f"{len(figures)} slices in the blob store, PNG under their address: {good}",
        bool(figures) and good == len(figures),
    )
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    asked = [
        one
        for one in lines
        if one["line"] == "asked" and "/" in one["request"] and one["request"].split("/")[1] in STAGES
    ]
    shown = Counter(len(one.get("images", ())) for one in asked)
    result.check(
        f"requests by the number of their slices: {dict(shown)}", set(shown) == {2} and len(asked) >= 2 * len(samples)
    )
    made = [one["drafts"]["0"]["provenance"] for one in samples]
    names = {(one["model"], one["engine"]) for one in made}
    result.check(f"drafts stored: {len(made)}, by {names}", len(made) == len(samples) > 0)
