"""Scoring a model on a version, and comparing two: what the stage and the command line both do."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from actors.engines.adapters import Adapter
from bench.errors import CannotScore
from bench.items import BenchItem
from bench.items.from_phantoms import phantom_items
from bench.items.versions import Versions
from bench.runner.answerer import Answerer, Method, Weights
from bench.runner.answers import Answers
from bench.runner.run import Progress, Sheet, answer_all, askable
from bench.runner.scores import ModelScore, Scores, score_now
from bench.runner.scripted import ScriptedAnswerer
from bench.runner.settings import ScorerSettings
from bench.runner.tally import beside_baselines, failures_of, rows_of, scores_of, swap_of
from bench.statistics import compare
from generation.ids import NAMESPACE
from streams.blobs import BlobStore
from streams.model_payloads import AdapterRef, AxisResult, ComparisonMade
from streams.outbox import Outbox

Open = Callable[[Adapter | None], Answerer]
"""Makes the answerer of an adapter, None for the bare model; loads nothing yet. Raises EngineNotUsable."""


def opener(settings: ScorerSettings, engine: str, model: str) -> Open:
    """Return what answers by the settings; `engine` and `model` are the deployment's.

    Raises:
        CannotScore: the deployment's engine is one whose weights are elsewhere.
    """
    kind = settings.answerer or ("scripted" if engine == "scripted" else "vllm")
    if kind == "scripted":
        return lambda adapter: ScriptedAnswerer(settings.scripted, adapter.name if adapter else "")
    if engine == "openai" and not settings.answerer:
        raise CannotScore(
            "the deployment's engine is a server elsewhere, and likelihoods need the weights here: set "
            "bench.answerer to vllm and the engine setting model to their folder"
        )
    from bench.runner.with_model import ModelAnswerer

    return lambda adapter: ModelAnswerer(model, adapter, settings.scoring)


class Scored(NamedTuple):
    """A model's answers to a version, and what they come to."""

    weights: Weights
    sheet: Sheet
    score: ModelScore


@dataclass(frozen=True)
class Scorer:
    """Scores models on versions; what was answered before is not asked again."""

    versions: Versions
    answers: Answers
    scores: Scores
    blobs: BlobStore
    settings: ScorerSettings
    open: Open

    async def newest(self, outbox: Outbox | None) -> str:
        """Return the newest version; where there is none, one about phantoms is made by the settings and told of."""
        found = await self.versions.newest()
        if found is not None:
            return found.bench
        settings = self.settings
        items = phantom_items(settings.phantoms, settings.languages, settings.seed)
        why = f"made by the scorer, as there was none: {settings.phantoms} phantoms of seed {settings.seed}"
        return (await self.versions.make(items, why, outbox)).bench

    async def score(self, bench: str, adapter: Adapter | None, progress: Progress | None = None) -> Scored:
        """Have a model answer a version, keep what it scored and return it.

        Raises EngineDead, EngineNotUsable, NoBench, NotScored.
        """
        held = await self.versions.items(bench)
        items = askable(held)
        answerer = self.open(adapter)
        try:
            sheet = await answer_all(items, answerer, self.answers, self.settings.asked, self.settings.batch, progress)
        finally:
            await answerer.close()
        score = score_now(
            answerer.weights,
            bench=bench,
            scores=scores_of(items, sheet),
            swap=swap_of(items, sheet, self.settings.method),
            not_asked=len(held) - len(items),
            phantom=sum(item.phantom for item in items),
        )
        await self.scores.keep(score)
        return Scored(answerer.weights, sheet, score)

    async def compared(
        self, bench: str, candidate: AdapterRef, scored: Scored, champion: Scored, *, simulated: bool
    ) -> ComparisonMade:
        """Return the comparison of two models that were scored on a version; keeps its answer table."""
        items = askable(await self.versions.items(bench))
        axes, table = compare_sheets(items, scored.sheet, champion.sheet, self.settings.method)
        axes = beside_baselines(axes, items, scored.sheet.get(Method.BLIND))
        return ComparisonMade(
            comparison=comparison_id(bench, candidate.name, champion.weights.adapter),
            bench=bench,
            candidate=candidate,
            champion=champion.weights.adapter,
            table=await self.blobs.put(table),
            axes=axes,
            candidate_failures=self._failures(items, scored),
            champion_failures=self._failures(items, champion),
            simulated=simulated or scored.weights.scripted,
        )

    def _failures(self, items: Sequence[BenchItem], scored: Scored) -> int:
        """Answers that could not be read, of the method compared by and of the constrained one; each counts once."""
        methods = {self.settings.method, Method.CHOICE} & set(scored.sheet)
        return sum(failures_of(items, scored.sheet[method]) for method in methods)


def comparison_id(bench: str, candidate: str, champion: str) -> str:
    """Return the id of a comparison: of version, candidate and champion."""
    return str(uuid.uuid5(NAMESPACE, f"comparison|{bench}|{candidate}|{champion}"))


def compare_sheets(
    items: Sequence[BenchItem], candidate: Sheet, champion: Sheet, method: Method
) -> tuple[tuple[AxisResult, ...], bytes]:
    """Return the paired results of two models by one method, and the bytes of their answer table."""
    rows = rows_of(items, candidate[method], champion[method])
    return compare(rows), orjson.dumps([row.line() for row in rows])
