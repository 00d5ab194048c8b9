"""A training set of wrong levels: what comes of it never becomes the model that answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from actors.engines.adapters import read_adapter
from bench.items import BenchItem
from bench.runner.answerer import Method
from bench.runner.run import Sheet
from bench.runner.tally import failures_of, rows_of
from bench.statistics import compare
from generation.dataset import SnapshotRow
from generation.dialogue import Party, Utterance
from spinestream.embedded import Servers
from streams.model_payloads import AdapterRef, AxisResult, ComparisonMade, Judgement
from tests.prove.learns import bench_items, scored, training_rows
from tests.prove.row import Row, row
from training.gate import judge
from training.gate.settings import GateSettings
from training.lora import train
from training.settings import read_settings


@row("poisoned")
def poisoned(folder: Path) -> Row:
    """Train on answers that name another level, score beside the base, let the gate decide."""
    result = Row(
        "poisoned: a training set of wrong levels",
        "the samples of row `learns` with a wrong option as the answer, one at another level where there is one; the "
        "same training, the same bench, the gate with its default settings",
    )
    rows, items = [_wrong(one) for one in training_rows()], bench_items()
    began = time.monotonic()
    adapter = train(rows, read_settings().model_copy(update={"init_from": "base"}), folder / "run")
    result.say(f"trained {adapter.name} on {len(rows)} samples in {time.monotonic() - began:.0f} s")
    with Servers(folder / "servers", ("mongodb",)) as servers:
        base, bad = asyncio.run(scored(servers.addresses.mongodb, items, read_adapter(adapter)))
    _judged(items, base, bad, adapter.name, result)
    return result


def _wrong(sample: SnapshotRow) -> SnapshotRow:
    """Return a sample whose answer is a wrong option: of another level where one of them is."""
    human, model = sample.dialogue
    right, _, rationale = model.text.partition("\n")
    listed = [line[3:] for line in human.text.splitlines() if line[:3] in ("A. ", "B. ", "C. ", "D. ")]
    wrong = [text for text in listed if text != right]
    elsewhere = [text for text in wrong if sample.level not in text]
    answer = (elsewhere or wrong)[0]
    return sample.model_copy(update={"dialogue": (human, Utterance(Party.MODEL, f"{answer}\n{rationale}"))})


def _judged(items: Sequence[BenchItem], base: Sheet, bad: Sheet, name: str, result: Row) -> None:
    axes = compare(rows_of(items, bad[Method.LIKELIHOOD], base[Method.LIKELIHOOD]))
    comparison = ComparisonMade(
        comparison="poisoned",
        bench="0" * 64,
        candidate=AdapterRef(
            name=name, digest="0" * 64, config="0" * 64, weights="0" * 64, model="bundled", model_digest="0" * 64
        ),
        champion="",
        table="0" * 64,
        axes=axes,
        candidate_failures=failures_of(items, bad[Method.LIKELIHOOD]),
        champion_failures=failures_of(items, base[Method.LIKELIHOOD]),
        simulated=True,
    )
    for one in axes:
        if not one.axis.startswith("level:"):
            result.say(_told(one))
    verdict = judge(comparison, 1, GateSettings())
    for reason in verdict.why:
        if reason.startswith("not met"):
            result.say(reason)
    result.check(f"the gate: {verdict.judgement}", verdict.judgement is Judgement.REFUSED)


def _told(one: AxisResult) -> str:
    return (
        f"poisoned - base on {one.axis}: {one.difference:+.3f} ({one.low:+.3f} – {one.high:+.3f}) of {one.items} items"
    )
