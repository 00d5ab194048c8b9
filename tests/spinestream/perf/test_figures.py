"""What measurements are made of: cuts, rates, intervals, shares of CPU; no deployment is started for it."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from statistics import fmean, stdev

import pytest

from spinestream.perf import bare, control, latency, pipeline
from spinestream.perf.intervals import lower_end
from spinestream.perf.pipeline import CUT, Finished, rate_of, recorded
from spinestream.perf.watching import Look, between


def steady(items: int, per_second: float, tokens: int) -> list[Finished]:
    """Two completions an item, evenly spaced."""
    found = []
    for number in range(items):
        at = 1000 + number / per_second
        found += [Finished(at - 0.1, tokens, f"i{number}"), Finished(at, tokens, f"i{number}")]
    return found


def test_the_rate_between_the_cuts_is_that_of_the_middle_alone() -> None:
    middle = steady(200, 4.0, 30)
    slow_start = [Finished(0.0, 30, "first")]
    rate = rate_of([*slow_start, *middle], 201)
    assert rate.steady == pytest.approx(240.0, rel=0.02)
    assert rate.whole < 20
    assert rate.begin < rate.end


def test_an_item_is_finished_with_its_last_completion() -> None:
    late = [Finished(5000.0, 1, "i0")]
    rate = rate_of([*steady(2 * CUT + 2, 1.0, 10), *late], 2 * CUT + 2)
    assert rate.end < 2000


def test_too_few_items_are_not_measured() -> None:
    with pytest.raises(ValueError, match="too few"):
        rate_of(steady(2 * CUT, 4.0, 10), 2 * CUT)
    with pytest.raises(ValueError, match="more than 64"):
        pipeline.measure(5, 2 * CUT, lambda _: None)


def test_a_record_tells_of_items_only(tmp_path: Path) -> None:
    place = tmp_path / "record"
    lines = [
        {"line": "engine", "arguments": {}, "adapter": None, "folder": None},
        {"line": "made", "request": "self-test", "seed": 0, "at": 1.0, "tokens": 3, "finish": "stop"},
        {"line": "made", "request": "source/read/0", "seed": 0, "at": 2.0, "tokens": 3, "finish": "stop"},
        {"line": "made", "request": "a/draft/0", "seed": 0, "at": 3.0, "tokens": 4, "finish": "stop"},
        {"line": "asked", "request": "a/revise/0/correct", "at": 3.5},
        {"line": "made", "request": "a/revise/0/correct", "seed": 9, "at": 4.0, "tokens": 5, "finish": "length"},
    ]
    place.write_text("\n".join(json.dumps(line) for line in lines))
    assert recorded(place) == [Finished(3.0, 4, "a"), Finished(4.0, 5, "a")]


def test_overlap_is_told_by_when_things_are_asked_for_and_done(tmp_path: Path) -> None:
    place = tmp_path / "record"
    asked = [("a/draft/0", 0.0), ("b/draft/0", 0.0), ("c/draft/0", 0.0), ("d/draft/0", 0.0), ("a/revise/0", 2.0)]
    made = [("a/draft/0", 1.0), ("b/draft/0", 3.0), ("c/draft/0", 4.0), ("d/draft/0", 8.0), ("a/revise/0", 10.0)]
    lines = [{"line": "asked", "request": name, "at": at} for name, at in asked]
    lines += [{"line": "made", "request": name, "at": at, "tokens": 1, "finish": "stop"} for name, at in made]
    place.write_text("\n".join(json.dumps(line) for line in lines))
    assert pipeline.overlap_of(place) == (0.25, 0.2)


def test_bare_replays_each_request_once_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    place = tmp_path / "record"
    lines = [
        {"line": "engine", "arguments": {"model": "old"}},
        {"line": "engine", "arguments": {"model": "new"}},
        {"line": "asked", "request": "b", "at": 2.0},
        {"line": "asked", "request": "a", "at": 1.0},
        {"line": "asked", "request": "b", "at": 9.0},
        {"line": "made", "request": "a", "at": 3.0},
    ]
    place.write_text("\n".join(json.dumps(line) for line in lines))
    engine, asked = bare.read(str(place))
    assert engine["arguments"] == {"model": "new"}
    assert [(one["request"], one["at"]) for one in asked] == [("a", 1.0), ("b", 2.0)]


def test_bare_is_a_script_that_imports_vllm_alone() -> None:
    text = Path(bare.__file__).read_text()
    for package in ("spinestream", "generation", "actors", "streams", "ray", "kafka"):
        assert f"import {package}" not in text
        assert f"from {package}" not in text


def test_the_lower_end_of_an_interval() -> None:
    values = [0.95, 0.97, 0.96, 0.98, 0.94]
    assert lower_end(values) == pytest.approx(fmean(values) - 2.776 * stdev(values) / math.sqrt(5))
    assert lower_end([1.0] * 7) == 1.0
    assert math.isnan(lower_end([1.0]))


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    chance = random.Random(3)
    above = sum(lower_end([chance.gauss(1.0, 0.03) for _ in range(5)]) > 1.0 for _ in range(4000))
    assert above / 4000 == pytest.approx(0.025, abs=0.008)


def look(at: float, **cpu: float) -> Look:
    return Look(
        at=at,
        cpu=cpu,
        memory={"roles": 100 + at, "kafka": 300.0},
        stages={"draft": 100 * at},
        busy=20 * at,
        pace=5 + at,
    )


def test_looks_nearest_to_two_moments() -> None:
    looks = [look(float(at)) for at in range(10)]
    first, last = between(looks, 2.2, 7.9)
    assert (first.at, last.at) == (2.0, 8.0)
    with pytest.raises(ValueError, match="more items"):
        between(looks, 2.2, 2.3)
    with pytest.raises(ValueError, match="not seen"):
        between(looks[:1], 0, 1)


def test_cpu_is_told_by_stage_and_what_is_beside_them() -> None:
    first, last = look(0.0, roles=1.0, actors=2.0, kafka=1.0), look(10.0, roles=2.0, actors=4.0, kafka=1.5)
    assert control._by_stage(first, last, 1000) == {"beside the stages": 2.0, "draft": 1.0, "kafka": 0.5}


def test_growth_counts_our_processes_alone() -> None:
    looks = [look(float(at)) for at in range(100)]
    assert control._growth(looks, 0.0, 100.0) == pytest.approx(50, abs=2)


def test_quantiles_are_of_the_nearest_rank() -> None:
    figures = latency._figures([number / 1000 for number in range(1, 101)])
    assert (figures.p50_ms, figures.p99_ms, figures.max_ms, figures.n) == (50.0, 99.0, 100.0, 100)
