"""Rows of speed: pipeline against the bare engine, control plane, latency. Nothing else may run meanwhile."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from spinestream.perf import control, latency, pipeline
from tests.prove.row import Row, row

RUNS = 5
SMALL, LARGE = 5_000, 50_000
PIPELINE_ITEMS = 128
"""Twice what is in flight; more would take hours on a machine without a GPU. The whole-run ratio is told beside."""


def _quiet(_: str) -> None:
    return


def _pairs(said: str) -> None:
    if said.startswith("pair"):
        print(f"   {said}", flush=True)


def _at_one_pace(one: control.Control) -> float:
    """Return the cost of an item in units of the fixed piece of work, which the machine did meanwhile."""
    return one.cpu_ms_per_item / one.pace_ms


@row("control")
def prove_control(folder: Path) -> Row:
    """Cost and rate of the control plane, and that neither changes with the size of the run.

    The large run is in the middle of the small ones, and its cost is compared with theirs at one pace: what a machine
    does in a CPU second changes by a third within minutes where others work on it. The change as measured is told, too.
    """
    found = Row(
        "Control plane",
        f"`spinestream perf control`: {RUNS} runs of {SMALL:,} items and one of {LARGE:,}, scripted engine, embedded "
        "servers, all checks on; the median counts.",
    )
    small = [control.measure(SMALL, _quiet) for _ in range(RUNS // 2)]
    large = control.measure(LARGE, _quiet)
    small += [control.measure(SMALL, _quiet) for _ in range(RUNS - len(small))]
    for one in small:
        found.say(
            f"{one.items:,} items: {one.items_per_s:.0f} items/s, {one.cpu_ms_per_item:.2f} CPU ms an item, "
            f"memory {one.rss_growth_mb:+.0f} MB; pace {one.pace_ms:.1f} ms"
        )
    rate, cost = median(one.items_per_s for one in small), median(one.cpu_ms_per_item for one in small)
    found.check(f"items/s after {control.WARMUP:,} of warm-up, median of {RUNS}: {rate:.0f} >= 300", rate >= 300)
    typical = sorted(small, key=lambda one: one.cpu_ms_per_item)[RUNS // 2]
    found.say("CPU ms an item: " + ", ".join(f"{name} {value:.2f}" for name, value in typical.by_stage.items()))
    found.say(
        f"{large.items:,} items: {large.items_per_s:.0f} items/s, {large.cpu_ms_per_item:.2f} CPU ms an item; pace "
        f"{large.pace_ms:.1f} ms"
    )
    found.say("CPU ms an item: " + ", ".join(f"{name} {value:.2f}" for name, value in large.by_stage.items()))
    change = _at_one_pace(large) / median(_at_one_pace(one) for one in small) - 1
    measured = large.cpu_ms_per_item / cost - 1
    found.check(
        f"cost an item from {SMALL:,} to {LARGE:,}, at one pace: {change:+.1%}, within 10 % "
        f"(as measured {measured:+.1%})",
        abs(change) <= 0.10,
    )
    found.check(
        f"memory of our processes over {LARGE:,} items: {large.rss_growth_mb:+.0f} MB, at most 30",
        large.rss_growth_mb <= 30,
    )
    for one in (*small, large):
        found.check(
            f"counted as expected: {', '.join(f'{name} {count:,}' for name, count in one.counted.items() if count)}",
            one.complete,
        )
    return found


@row("latency")
def prove_latency(folder: Path) -> Row:
    """From a planned record to the engine, unloaded."""
    found = Row("Latency", "`spinestream perf latency`: one record at a time, 300 of them.")
    told = latency.measure(300, _quiet)
    found.check(f"p50 {told.p50_ms:.1f} ms <= 20", told.p50_ms <= 20)
    found.check(f"p99 {told.p99_ms:.1f} ms <= 80", told.p99_ms <= 80)
    found.say(f"max {told.max_ms:.1f} ms, {told.n} records")
    return found


@row("pipeline")
def prove_pipeline(folder: Path) -> Row:
    """The pipeline against bare vLLM."""
    found = Row(
        "Pipeline against the bare engine",
        "`spinestream perf pipeline`: interleaved pairs, the bundled model with its adapter; docs/performance.md tells "
        "what is compared.",
    )
    told = pipeline.measure(RUNS, PIPELINE_ITEMS, _pairs)
    for one in told.each:
        found.say(
            f"{one.tokens_per_s:.0f} against {one.bare_tokens_per_s:.0f} tokens/s: {one.ratio:.3f}, whole run "
            f"{one.whole_ratio:.3f}, busy {one.busy:.3f}"
        )
    found.check(f"ratio, median of {told.pairs}: {told.ratio_median:.3f} >= 0.95", told.ratio_median >= 0.95)
    found.check(f"lower end of the 95 % interval: {told.ratio_low:.3f} >= 0.90", told.ratio_low >= 0.90)
    found.check(f"busy: {told.engine_busy:.3f} >= 0.85", told.engine_busy >= 0.85)
    found.say(f"bare is best at max_num_seqs {told.bare_max_num_seqs}; {told.items} items a run")
    found.say(f"whole run: {told.whole_run_ratio:.3f}; without adapter: {told.ratio_without_adapter:.3f}")
    found.say(f"against vLLM with its own LoRA kernels: {told.ratio_to_unchanged_vllm:.3f}")
    return found
