"""Whether the small model learns: trained on reports of training templates, asked about those of the bench.

What was seen is told whatever it is; the aim is an interval of tuned - base that lies above 0.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

from pymongo import AsyncMongoClient

from actors.engines.adapters import Adapter, read_adapter
from actors.engines.scoring_settings import ScoringSettings
from actors.engines.settings import BUNDLED
from bench.items import BenchItem
from bench.items.from_phantoms import phantom_items
from bench.items.questions import questions
from bench.runner.answerer import Method
from bench.runner.answers import Answers
from bench.runner.run import Sheet, answer_all
from bench.runner.tally import failures_of, rows_of, scores_of, swap_of
from bench.runner.with_model import ModelAnswerer
from bench.statistics import compare
from generation.dataset import SnapshotRow
from generation.dialogue import Choice, Party, Utterance, choice_prompt
from generation.ids import source_version
from generation.items import Kind, PlannedItem
from generation.overlap import index_of
from generation.phantom import PhantomReport, Templates, make_reports
from generation.planning import make_plan
from generation.sources import Language, SourceRef, Split
from spinestream.embedded import Servers
from streams.intake.documents import read_document
from tests.prove.row import Row, row
from training.lora import train
from training.settings import read_settings

ITEMS = 208
"""Items at most."""
A_PATIENT = 4
TRAINED_ON = 160
"""Samples, as many as a first snapshot may have."""
PATIENTS, BENCH_PATIENTS = 31, 47
"""Seeds of the two sets of phantoms."""


@row("learns")
def learns(folder: Path) -> Row:
    """Train on planned items of some phantoms, score base and tuned on items about others."""
    result = Row(
        "learns: tuned beside base on held-out templates and patients",
        f"{TRAINED_ON} planned items about phantoms in training templates, LoRA with the default settings; then "
        f"items about {ITEMS // A_PATIENT} other phantoms in bench templates; clustered by case",
    )
    rows, items = training_rows(), bench_items()
    _told_apart(rows, items, result)
    began = time.monotonic()
    adapter = train(rows, read_settings().model_copy(update={"init_from": "base"}), folder / "run")
    result.say(f"trained {adapter.name} in {time.monotonic() - began:.0f} s")
    with Servers(folder / "servers", ("mongodb",)) as servers:
        base, tuned = asyncio.run(scored(servers.addresses.mongodb, items, read_adapter(adapter)))
    _tell(items, base, tuned, result)
    return result


def training_rows() -> list[SnapshotRow]:
    """Return planned items of phantoms' reports as a snapshot has them, with a question of a template."""
    reports = make_reports(TRAINED_ON, PATIENTS, (Language.EN,), Templates.TRAIN)
    rows = [_row(item) for report in reports for item in _planned(report)]
    return rows[:TRAINED_ON]


def _planned(report: PhantomReport) -> Sequence[PlannedItem]:
    content = report.findings.encode()
    of = SourceRef(
        id=f"phantom-{report.seed}",
        version=source_version(content),
        title="a phantom's report",
        split=Split.TRAIN,
        media_type="text/plain",
    )
    return make_plan(of, read_document(content, "text/plain"), Kind.MCQ, Language.EN).items[:2]


def _row(item: PlannedItem) -> SnapshotRow:
    passage = " ".join(sentence.text for sentence in item.evidence)
    options = [Choice(option.id, option.text) for option in item.options]
    right = next(option.text for option in item.options if option.id == item.answer)
    support = " ".join(sentence.text for sentence in item.evidence if sentence.id in item.support)
    asked = choice_prompt(passage, questions().planned[item.axis][item.language], options, item.language)
    return SnapshotRow(
        id=item.id,
        kind=item.kind,
        language=item.language,
        axis=item.axis,
        level=item.target.level,
        source=item.source.id,
        version=item.source.version,
        simulated=True,
        phantom=True,
        dialogue=(Utterance(Party.HUMAN, asked), Utterance(Party.MODEL, f"{right}\nThe text says: {support}")),
    )


def bench_items() -> list[BenchItem]:
    """Return the first items of each phantom: many patients tell more than many items of few."""
    items = phantom_items(ITEMS // A_PATIENT, (Language.EN,), BENCH_PATIENTS)
    return [item for _, own in groupby(items, key=lambda item: item.case) for item in islice(own, A_PATIENT)]


def _told_apart(rows: Sequence[SnapshotRow], items: Sequence[BenchItem], result: Row) -> None:
    shared = {row.source for row in rows} & {item.case for item in items}
    index = index_of(item.passage for item in items)
    overlapping = sum(index.overlaps(row.dialogue[0].text) for row in rows)
    result.check(
        f"{len(rows)} samples for training, {len(items)} items of {len({one.case for one in items})} cases; patients "
        f"in both: {len(shared)}, samples that overlap with the bench: {overlapping}",
        not shared and 0.8 * ITEMS <= len(items) <= ITEMS,
    )


async def scored(url: str, items: Sequence[BenchItem], adapter: Adapter) -> tuple[Sheet, Sheet]:
    """Return the answers of the bare model and of the adapter."""
    async with AsyncMongoClient(url) as client:
        answers = Answers(client["prove_learns"])
        await answers.prepare()
        sheets = []
        for one in (None, adapter):
            answerer = ModelAnswerer(BUNDLED, one, ScoringSettings())
            try:
                sheets.append(await answer_all(items, answerer, answers, tuple(Method), 8))
            finally:
                await answerer.close()
        return sheets[0], sheets[1]


def _tell(items: Sequence[BenchItem], base: Sheet, tuned: Sheet, result: Row) -> None:
    for name, sheet in (("base", base), ("tuned", tuned)):
        for one in scores_of(items, sheet):
            result.say(
                f"{name:<5} {one.method:<10} {one.axis:<20} {one.score.value:.3f} ({one.score.low:.3f} – "
                f"{one.score.high:.3f}) N {one.items}, chance {one.chance:.3f}, majority {one.majority:.3f}, blind "
                f"{one.blind or 0:.3f}, unread {one.failures}"
            )
        swap = swap_of(items, sheet, Method.LIKELIHOOD)
        if swap is not None:
            result.say(f"{name:<5} level swap: right on both of {swap.pairs} pairs of twins {swap.both.value:.3f}")
    for method in (Method.LIKELIHOOD, Method.CHOICE):
        for line in _differences(items, base, tuned, method):
            result.say(line)
    [whole, *_] = compare(rows_of(items, tuned[Method.LIKELIHOOD], base[Method.LIKELIHOOD]))
    failed = failures_of(items, tuned[Method.CHOICE])
    result.check(
        f"tuned - base by likelihood {whole.difference:+.3f} ({whole.low:+.3f} – {whole.high:+.3f}), unread {failed}; "
        "the aim is an interval above 0",
        whole.low > 0,
    )


def _differences(items: Sequence[BenchItem], base: Sheet, tuned: Sheet, method: Method) -> Iterator[str]:
    for one in compare(rows_of(items, tuned[method], base[method])):
        if one.axis.startswith("level:"):
            continue
        yield (
            f"{method}: tuned - base on {one.axis}: {one.difference:+.3f} ({one.low:+.3f} – {one.high:+.3f}), "
            f"{one.gained} gained, {one.lost} lost of {one.items}"
        )
