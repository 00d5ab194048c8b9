"""The control plane alone: everything but the model. The scripted engine answers at once, all else is as in a run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from typing import Any

from spinestream.perf.corpus import FACTS, write_corpus
from spinestream.perf.private import Show, private_folder, run
from spinestream.perf.watching import OURS, Look, between
from spinestream.settings import load
from spinestream.turns import serving
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams import topics

WARMUP = 2000
"""Items settled before the rate is measured."""
VARIANTS = 5
PER_DOCUMENT = 140
"""Items a generated document gives at least, at five variants a fact."""


@dataclass(frozen=True)
class Control:
    """What `perf control` prints."""

    items_per_s: float
    """Items settled in the store per second, after the warm-up."""
    cpu_ms_per_item: float
    """CPU time of all processes, servers and Ray included, from the first planned item to the last settled one."""
    pace_ms: float
    """CPU time (ms) of a fixed piece of work, 100,000 turns of a plain loop, done twice a second meanwhile; its median.
    A machine on which others work does less in a CPU second: costs of two runs are compared at one pace."""
    by_stage: Mapping[str, float]
    """CPU milliseconds an item: of each stage; of what the role processes do beside them; of each server."""
    items: int
    warmup: int
    seconds: float
    """Of the measured items."""
    rss_growth_mb: float
    """Memory of our processes: median of the last quarter of the time less that of the second quarter."""
    rss_mb: Mapping[str, float]
    """At the end, by group of processes."""
    queued: int
    held: int
    counted: Mapping[str, int]
    """Results, samples, events a topic and entries of the audit that are there afterwards."""
    expected: Mapping[str, int]
    complete: bool
    """Whether what is there is what is expected."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return asdict(self)


def measure(items: int, show: Show) -> Control:
    """Measure `items` items after the warm-up; raises MeasurementFailed, or ValueError for too few items."""
    with private_folder() as folder:
        documents = folder / "documents"
        count = -(-(items + WARMUP) // PER_DOCUMENT)
        write_corpus(documents, count, FACTS)
        workdir = Workdir(folder / "work")
        options = ["--engine", "scripted", "--kinds", "mcq", "--languages", "en", "--variants", str(VARIANTS)]
        summary, looks = run(documents, workdir, options, {}, show)
        show("counting what is there")
        times, counted = asyncio.run(_count(workdir))
    return _figures(summary, looks, times, counted, count)


@dataclass(frozen=True)
class _Times:
    """Seconds since the epoch."""

    first: float
    settled: Sequence[float]
    """Rising."""


async def _count(workdir: Workdir) -> tuple[_Times, dict[str, int]]:
    settings = load(workdir)
    with serving(workdir) as servers:
        async with connected(workdir, settings, servers.addresses) as parts:
            return await _times(parts), await _counted(parts)


async def _times(parts: Parts) -> _Times:
    def seconds(when: datetime) -> float:
        return when.timestamp()

    rows = [
        (seconds(row["created_at"]), seconds(row["updated_at"]))
        async for row in parts.database["samples"].find({}, {"created_at": 1, "updated_at": 1})
    ]
    return _Times(min(first for first, _ in rows), sorted(last for _, last in rows))


async def _counted(parts: Parts) -> dict[str, int]:
    """Count what every owner of state holds and what the log holds."""
    assert parts.broker is not None
    names = [topic.name for topic in topics.REGISTRY.values()]
    dead = [topics.dead_letter_topic(group) for group in topics.GROUPS]
    states = await asyncio.to_thread(parts.broker.states, "perf", [*names, *dead])
    events: dict[str, int] = {}
    for (topic, _), state in states.items():
        label = "events dead" if topics.holds_dead_letters(topic) else f"events {topic}"
        events[label] = events.get(label, 0) + state.end - state.start
    return {
        "results": await parts.database["stage_results"].count_documents({}),
        "samples": await parts.database["samples"].count_documents({}),
        "audit": await parts.database["audit"].count_documents({}),
        **events,
    }


def _expected(items: int, documents: int) -> dict[str, int]:
    return {
        **{f"events {topic.name}": 0 for topic in topics.REGISTRY.values()},
        "results": 2 * items + documents,
        "samples": items,
        "audit": documents,
        **{f"events {topics.REGISTRY[name].name}": documents for name in ("sources", "passages", "readings", "plans")},
        **{f"events {name}": items for name in ("planned", "drafted", "revised")},
        "events dead": 0,
    }


def _figures(
    summary: Mapping[str, Any], looks: list[Look], times: _Times, counted: dict[str, int], documents: int
) -> Control:
    total = len(times.settled)
    if total <= WARMUP:
        raise ValueError(f"{total} items came of the documents, the warm-up alone takes {WARMUP}")
    begin, end = times.settled[WARMUP - 1], times.settled[-1]
    first, last = between(looks, times.first, end)
    expected = _expected(summary["planned"], documents)
    return Control(
        items_per_s=round((total - WARMUP) / (end - begin), 1),
        cpu_ms_per_item=round(1000 * (sum(last.cpu.values()) - sum(first.cpu.values())) / total, 3),
        pace_ms=round(median(one.pace for one in looks if first.at <= one.at <= last.at), 2),
        by_stage=_by_stage(first, last, total),
        items=total - WARMUP,
        warmup=WARMUP,
        seconds=round(end - begin, 2),
        rss_growth_mb=round(_growth(looks, times.first, end), 1),
        rss_mb={name: round(value) for name, value in last.memory.items()},
        queued=summary["queued"],
        held=summary["held_items"],
        counted=counted,
        expected=expected,
        complete=counted == expected,
    )


def _by_stage(first: Look, last: Look, items: int) -> dict[str, float]:
    stages = {name: (used - first.stages.get(name, 0.0)) / items for name, used in last.stages.items()}
    groups = {name: 1000 * (used - first.cpu.get(name, 0.0)) / items for name, used in last.cpu.items()}
    beside = groups.pop("roles", 0.0) + groups.pop("actors", 0.0) - sum(stages.values())
    told = {**stages, "beside the stages": beside, **groups}
    return {name: round(value, 3) for name, value in sorted(told.items(), key=lambda one: -one[1])}


def _growth(looks: list[Look], begin: float, end: float) -> float:
    """Return by how many MiB the memory of our processes grew from the second quarter of the time to the last."""
    quarter = (end - begin) / 4
    second = [_ours(one) for one in looks if begin + quarter <= one.at < begin + 2 * quarter]
    fourth = [_ours(one) for one in looks if end - quarter <= one.at <= end]
    return median(fourth) - median(second) if second and fourth else float("nan")


def _ours(look: Look) -> float:
    return sum(look.memory.get(name, 0.0) for name in OURS)
