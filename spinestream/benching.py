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
from bench.runner.answerer import Weights
from bench.runner.answers import Answers
from bench.runner.run import Sheet, askable
from bench.runner.scores import Scores
from bench.runner.scoring import Scorer, beside_baselines, compare_sheets, opener
from bench.runner.tally import AxisScore
from bench.statistics import mcnemar
from generation.sources import Language
from spinestream.settings import Settings
from spinestream.wiring import Parts
from streams.model_payloads import AdapterRef


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


async def compared(scorer: Scorer, bench: str, candidate: str, champion: str) -> dict[str, Any]:
    """Return how two models that were scored stand beside each other, by their kept answers; raises NotScored."""
    items = askable(await scorer.versions.items(bench))
    method = scorer.settings.method
    ours, theirs = await _sheet(scorer, bench, candidate, items), await _sheet(scorer, bench, champion, items)
    axes, _ = compare_sheets(items, ours.sheet, theirs.sheet, method)
    axes = beside_baselines(axes, ours.scores, method)
    whole = axes[0]
    return {
        "bench": bench,
        "candidate": candidate,
        "champion": champion,
        "method": method.value,
        "simulated": ours.simulated or theirs.simulated,
        "mcnemar": mcnemar(whole.gained, whole.lost)._asdict(),
        "axes": [one.model_dump(mode="json") for one in axes],
    }


class _Kept(NamedTuple):
    """Kept answers of a model by the method that models are compared by."""

    sheet: Sheet
    simulated: bool
    scores: tuple[AxisScore, ...]


async def _sheet(scorer: Scorer, bench: str, adapter: str, items: Sequence[BenchItem]) -> _Kept:
    score, method = await scorer.scores.find(bench, adapter), scorer.settings.method
    kept = await scorer.answers.find(Weights(score.adapter, score.model, score.weights), method, items)
    if missing := sum(item.id not in kept for item in items):
        name = adapter or "the bare model"
        raise NotScored(f"{name} lacks {missing} of {len(items)} answers by {method}: `bench run` asks them")
    return _Kept({method: kept}, score.simulated, score.scores)
