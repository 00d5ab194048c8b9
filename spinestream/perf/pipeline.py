"""The pipeline against the bare engine: the same requests, the same weights, the same machine, one after the other.

Ours is a whole `spinestream run` on a fresh work folder, its servers and all; bare is `bare.py`, alone on the machine,
which replays what ours had recorded. Rates are tokens per second between the 32nd item finished and the 32nd before the
last, so that neither side's start and end counts; the whole-run ratio tells those too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from generation.tasks import small_model_profile
from spinestream.embedded.processes import bound
from spinestream.errors import MeasurementFailed
from spinestream.perf.corpus import write_corpus
from spinestream.perf.intervals import lower_end
from spinestream.perf.private import Show, private_folder, run
from spinestream.perf.watching import Look, between
from spinestream.workdir import Workdir

CUT = 32
"""Items left out at either end."""
SIZES = (16, 32, 64)
"""`max_num_seqs` that bare vLLM is tried at; the best one is compared with."""
OUR_SIZE = 64
"""Of ours; as many records of each stage are in flight."""
PER_DOCUMENT = 32
BARE_SECONDS = 1200


class Finished(NamedTuple):
    """A completion that was finished."""

    at: float
    """Seconds since the epoch."""
    tokens: int
    item: str


class Rate(NamedTuple):
    """Output tokens a second."""

    steady: float
    """Between the cuts."""
    whole: float
    """From the first completion's time to the last's."""
    begin: float
    end: float
    """The cuts, in seconds since the epoch."""


class Overlap(NamedTuple):
    """How far drafting and revising go on at once."""

    drafts_before_first_revision: float
    after_last_draft: float


@dataclass(frozen=True)
class Pair:
    """Ours and bare on the same requests."""

    tokens_per_s: float
    bare_tokens_per_s: float
    ratio: float
    whole_ratio: float
    busy: float
    """Mean completions computed ÷ `max_num_seqs`, of ours between the cuts."""
    drafts_before_first_revision: float
    """Share of all drafts that were done when the first revision was asked for."""
    after_last_draft: float
    """Share of the run that passed between the last draft and the last revision."""


@dataclass(frozen=True)
class Pipeline:
    """What `perf pipeline` prints."""

    ratio_median: float
    ratio_low: float
    """Lower end of the 95 % interval of the mean ratio (Student's t)."""
    pairs: int
    engine_busy: float
    tokens_per_s: float
    bare_tokens_per_s: float
    whole_run_ratio: float
    ratio_without_adapter: float
    """Of one pair without any adapter on either side; nan when not measured."""
    ratio_to_unchanged_vllm: float
    """Ours to bare vLLM with its own LoRA kernels instead of ours (docs/models.md), one pair; nan when not measured."""
    bare_max_num_seqs: int
    """At which bare was best."""
    items: int
    each: Sequence[Pair]

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return asdict(self)


def measure(pairs: int, items: int, show: Show, *, beside: bool = True) -> Pipeline:
    """Measure so many interleaved pairs; `beside` also takes the two ratios told beside (one pair each).

    Raises ValueError for too few items to cut, MeasurementFailed when a side does not come to its end.
    """
    if items <= 2 * CUT:
        raise ValueError(f"{items} items: more than {2 * CUT} are needed, as {CUT} are cut at either end")
    with private_folder() as folder:
        write_corpus(folder / "documents", -(-items // PER_DOCUMENT), PER_DOCUMENT)
        bench = _Bench(folder, show)
        ours = bench.ours("zero")
        bare = {size: bench.bare(size, _wrapper()) for size in SIZES}
        best = max(SIZES, key=lambda size: bare[size].steady)
        each = [_told(show, 1, _pair(ours, bare[best]))]
        unchanged = ours.rate.steady / bench.bare(best, None).steady if beside else float("nan")
        while len(each) < pairs:
            each.append(_told(show, len(each) + 1, _pair(bench.ours("zero"), bench.bare(best, _wrapper()))))
        without = _pair(bench.ours(""), bench.bare(best, None)).ratio if beside else float("nan")
    ratios = [one.ratio for one in each]
    return Pipeline(
        ratio_median=round(median(ratios), 4),
        ratio_low=round(lower_end(ratios), 4),
        pairs=len(each),
        engine_busy=round(median(one.busy for one in each), 4),
        tokens_per_s=round(median(one.tokens_per_s for one in each), 1),
        bare_tokens_per_s=round(median(one.bare_tokens_per_s for one in each), 1),
        whole_run_ratio=round(median(one.whole_ratio for one in each), 4),
        ratio_without_adapter=round(without, 4),
        ratio_to_unchanged_vllm=round(unchanged, 4),
        bare_max_num_seqs=best,
        items=bench.items,
        each=each,
    )


@dataclass(frozen=True)
class Ours:
    """One run of ours."""

    rate: Rate
    busy: float
    overlap: Overlap


class _Bench:
    """Takes turns; the record of our last run is what bare replays."""

    def __init__(self, folder: Path, show: Show) -> None:
        self._folder = folder
        self._show = show
        self._turn = 0
        self._record = folder / "record"
        self.items = 0

    def ours(self, adapter: str) -> Ours:
        self._turn += 1
        self._record = self._folder / f"record-{self._turn}.jsonl"
        settings = small_model_profile().model_copy(update={"draft_candidates": 1, "revision_candidates": 1})
        engine = {"adapter": adapter, "record": str(self._record), "max_num_seqs": OUR_SIZE}
        asked = [f"--engine-setting={name}={json.dumps(value)}" for name, value in engine.items()]
        summary, looks = run(
            self._folder / "documents",
            Workdir(self._folder / f"work-{self._turn}"),
            ["--engine", "vllm", "--in-flight", str(OUR_SIZE), "--kinds", "mcq", "--languages", "en", *asked],
            {"GENERATION": settings.model_dump(mode="json")},
            lambda said: self._show(f"ours, turn {self._turn}: {said}"),
        )
        self.items = summary["planned"]
        rate = rate_of(recorded(self._record), self.items)
        return Ours(rate, _busy(looks, rate), overlap_of(self._record))

    def bare(self, size: int, wrapper: Path | None) -> Rate:
        self._show(f"bare vLLM with max_num_seqs {size}, turn {self._turn}")
        command = [sys.executable, "-P", str(Path(__file__).with_name("bare.py")), str(self._record), str(size)]
        done = subprocess.run(
            bound([*command, *([str(wrapper)] if wrapper else [])]),
            env={**os.environ, "OMP_NUM_THREADS": "1", **_vllm_environment()},
            capture_output=True,
            text=True,
            timeout=BARE_SECONDS,
            check=False,
        )
        if done.returncode:
            raise MeasurementFailed(f"bare vLLM ended with {done.returncode}", done.stderr.splitlines()[-12:])
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return rate_of([Finished(one["at"], one["tokens"], _item(one["request"])) for one in lines], self.items)


def _vllm_environment() -> Mapping[str, str]:
    """Return what vLLM on a CPU needs to be told on either side."""
    return {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_LOGGING_LEVEL": "ERROR"}


def _wrapper() -> Path:
    """Return the file with our LoRA kernels, which imports nothing but vLLM."""
    from importlib.util import find_spec

    spec = find_spec("actors.engines.one_adapter")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def recorded(place: Path) -> list[Finished]:
    """Return the completions that a record tells of items, the self-test and readings of sources left out."""
    lines = (json.loads(line) for line in place.read_text().splitlines())
    made = (line for line in lines if line["line"] == "made" and _stage(line["request"]) in ("draft", "revise"))
    return [Finished(line["at"], line["tokens"], _item(line["request"])) for line in made]


def overlap_of(place: Path) -> Overlap:
    """Return how a record's drafting and revising overlap; the run is from its first request to its last completion."""
    lines = [json.loads(line) for line in place.read_text().splitlines()]
    asked = [line for line in lines if line["line"] == "asked" and _stage(line["request"]) in ("draft", "revise")]
    made = [line for line in lines if line["line"] == "made"]
    drafts = _last_of_each(line for line in made if _stage(line["request"]) == "draft")
    revised = [line["at"] for line in made if _stage(line["request"]) == "revise"]
    first = min(line["at"] for line in asked if _stage(line["request"]) == "revise")
    run = max(revised) - min(line["at"] for line in asked)
    return Overlap(sum(at < first for at in drafts) / len(drafts), max(0.0, max(revised) - max(drafts)) / run)


def _last_of_each(made: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return when each request was done: with its last completion."""
    done: dict[str, float] = {}
    for line in made:
        done[line["request"]] = max(line["at"], done.get(line["request"], 0.0))
    return list(done.values())


def rate_of(finished: Sequence[Finished], items: int) -> Rate:
    """Return the rates of a side. An item is finished with its last completion."""
    ends: dict[str, float] = {}
    for one in finished:
        if one.item:
            ends[one.item] = max(one.at, ends.get(one.item, 0.0))
    rising = sorted(ends.values())
    if len(rising) <= 2 * CUT:
        raise ValueError(f"{len(rising)} of {items} items were finished: too few to cut {CUT} at either end")
    begin, end = rising[CUT - 1], rising[-CUT - 1]
    tokens = sum(one.tokens for one in finished if begin < one.at <= end)
    times = [one.at for one in finished]
    whole = sum(one.tokens for one in finished) / (max(times) - min(times))
    return Rate(tokens / (end - begin), whole, begin, end)


def _pair(ours: Ours, bare: Rate) -> Pair:
    return Pair(
        tokens_per_s=round(ours.rate.steady, 1),
        bare_tokens_per_s=round(bare.steady, 1),
        ratio=round(ours.rate.steady / bare.steady, 4),
        whole_ratio=round(ours.rate.whole / bare.whole, 4),
        busy=round(ours.busy, 4),
        drafts_before_first_revision=round(ours.overlap.drafts_before_first_revision, 4),
        after_last_draft=round(ours.overlap.after_last_draft, 4),
    )


def _told(show: Show, number: int, pair: Pair) -> Pair:
    rates = f"{pair.tokens_per_s} against {pair.bare_tokens_per_s} tokens/s"
    show(f"pair {number}: {rates}: {pair.ratio}, busy {pair.busy}")
    return pair


def _busy(looks: list[Look], rate: Rate) -> float:
    first, last = between(looks, rate.begin, rate.end)
    return (last.busy - first.busy) / (last.at - first.at) / OUR_SIZE


def _item(request: str) -> str:
    """Return the item a request id names, empty for requests that are about none."""
    return request.split("/")[0] if _stage(request) in ("draft", "revise") else ""


def _stage(request: str) -> str:
    parts = request.split("/")
    return parts[1] if len(parts) > 1 else ""
