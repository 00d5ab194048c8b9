"""SpineBench on the parts of a deployment: what scores, and which adapter a name means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from actors.adapters import fetch_adapter
from actors.compute import ComputeLease, shares_compute
from actors.engines.adapters import Adapter
from actors.engines.settings import BUNDLED
from bench.errors import NotScored
from bench.items import BenchItem, BenchVersion
from bench.runner.answerer import Method, Weights
from bench.runner.answers import Answers
from bench.runner.run import Sheet, askable
from bench.runner.scores import Scores
from bench.runner.scoring import Scorer, compare_sheets, opener
from bench.runner.tally import beside_baselines, rows_of
from bench.statistics import DRAWS, Answer, difference_bootstrap, mcnemar
from generation.sources import Language
from spinestream.settings import Settings
from spinestream.wiring import Parts
from streams.model_payloads import AdapterRef
from training.registry import Registry

SEED = 0
"""Of the bootstrap's draws."""


async def scorer_of(parts: Parts, settings: Settings) -> Scorer:
    """Return what scores models by the settings, its collections prepared; raises CannotScore."""
    answers, scores = Answers(parts.database), Scores(parts.database)
    for owner in (answers, scores):
        await owner.prepare()
    model = str(settings.engine_settings.get("model") or BUNDLED)
    opened = opener(settings.bench, settings.engine, model)
    return Scorer(parts.versions, answers, scores, parts.blobs, settings.bench, opened)


def lease_of(parts: Parts, settings: Settings, holder: str) -> ComputeLease:
    """Return the compute lease for whoever scores; the scripted answerer computes nothing and waits for nobody."""
    scripted = "scripted" in (settings.bench.answerer, settings.engine) and settings.bench.answerer != "vllm"
    wanted = shares_compute(settings.bench.share_compute) and not scripted
    return ComputeLease(parts.redis, holder, wanted=wanted)


async def adapter_ref(parts: Parts, name: str) -> AdapterRef:
    """Return the adapter of a name; raises AdapterUnknown."""
    return (await parts.registry.get(name)).ref


async def adapter_named(parts: Parts, name: str) -> Adapter | None:
    """Return an adapter on this machine, fetched if it is not there; None for an empty name: the bare model.

    Raises AdapterUnknown, EngineNotUsable.
    """
    return await fetch_adapter(parts.blobs, await adapter_ref(parts, name)) if name else None


async def new_version(
    parts: Parts, *, phantoms: int, languages: Sequence[Language], seed: int, sources: bool, table: Path | None
) -> BenchVersion:
    """Make a version of everything that is asked for; its event is sent where a broker runs.

    Raises ItemInvalid where nothing gives an item, TableUnreadable.
    """
    from bench.items.from_phantoms import phantom_items
    from bench.items.from_sources import source_items
    from bench.items.table import read_table

    items: list[BenchItem] = []
    why: list[str] = []
    images: Mapping[str, bytes] = {}
    if phantoms:
        items += phantom_items(phantoms, languages, seed)
        why.append(f"{phantoms} phantoms of seed {seed}")
    if sources:
        items += await source_items(parts.sources, parts.blobs)
        why.append("sources of split bench")
    if table is not None:
        read = read_table(table.read_bytes(), table.stem)
        items, images = [*items, *read.items], read.images
        why.append(f"table {table.name}")
    made = await parts.versions.make(items, ", ".join(why), None, images)
    await parts.send(parts.versions.documents)
    return made


async def compared(scorer: Scorer, registry: Registry, bench: str, candidate: str, champion: str) -> dict[str, Any]:
    """Return how two models that were scored stand beside each other, by their kept answers; raises NotScored."""
    items = askable(await scorer.versions.items(bench))
    method = scorer.settings.method
    ours, theirs = await _sheet(scorer, bench, candidate, items), await _sheet(scorer, bench, champion, items)
    axes, _ = compare_sheets(items, ours.sheet, theirs.sheet, method)
    axes = beside_baselines(axes, items, ours.sheet.get(Method.BLIND))
    whole = axes[0]
    learnt = [await registry.get(name) for name in (candidate, champion) if name]
    return {
        "bench": bench,
        "candidate": candidate,
        "champion": champion,
        "method": method.value,
        "simulated": ours.simulated or theirs.simulated or any(one.simulated for one in learnt),
        "mcnemar": mcnemar(whole.gained, whole.lost)._asdict(),
        "bootstrap": _bootstrap(rows_of(items, ours.sheet[method], theirs.sheet[method])),
        "axes": [one.model_dump(mode="json") for one in axes],
    }


def _bootstrap(rows: Sequence[Answer]) -> dict[str, Any]:
    """Return the interval of the whole paired difference by drawing cases: it needs no formula of an error."""
    ours, theirs = [float(one.candidate) for one in rows], [float(one.champion) for one in rows]
    found = difference_bootstrap(ours, theirs, [one.case for one in rows], seed=SEED, draws=DRAWS)
    return {"low": found.low, "high": found.high, "draws": DRAWS, "seed": SEED}


class _Kept(NamedTuple):
    """Kept answers of a model: by the method that models are compared by, and to the blind question if all are."""

    sheet: Sheet
    simulated: bool


async def _sheet(scorer: Scorer, bench: str, adapter: str, items: Sequence[BenchItem]) -> _Kept:
    score, method = await scorer.scores.find(bench, adapter), scorer.settings.method
    weights = Weights(score.adapter, score.model, score.weights)
    sheet: Sheet = {one: await scorer.answers.find(weights, one, items) for one in {method, Method.BLIND}}
    lacking = {one: sum(item.id not in kept for item in items) for one, kept in sheet.items()}
    if lacking[method]:
        name = adapter or "the bare model"
        raise NotScored(f"{name} lacks {lacking[method]} of {len(items)} answers by {method}: `bench run` asks them")
    return _Kept({one: kept for one, kept in sheet.items() if not lacking[one]}, score.simulated)
