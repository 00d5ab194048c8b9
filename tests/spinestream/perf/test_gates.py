"""Gates: what a figure must reach, and what is wrong with a file of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinestream.errors import SettingsWrong
from spinestream.perf.gates import faults_of, read_gates


def test_the_packaged_gates_are_those_of_the_measurements() -> None:
    assert read_gates().keys() == {"pipeline", "control", "latency"}


@pytest.mark.parametrize(
    ("figures", "faults"),
    [
        ({"p50_ms": 12.0, "p99_ms": 40.0}, []),
        ({"p50_ms": 20.0, "p99_ms": 80.0}, []),
        ({"p50_ms": 20.1, "p99_ms": 40.0}, ["p50_ms is 20.1, at most 20 is wanted"]),
        ({"p50_ms": 12.0}, ["p99_ms was not measured"]),
        ({"p50_ms": float("nan"), "p99_ms": "fast"}, ["p50_ms was not measured", "p99_ms was not measured"]),
    ],
)
def test_a_figure_that_is_missed_or_missing_is_named(figures: dict[str, object], faults: list[str]) -> None:
    assert faults_of("latency", figures) == faults


def test_a_lower_bound_counts_truths_as_numbers() -> None:
    good = {"items_per_s": 300, "cpu_ms_per_item": 7.5, "complete": True, "rss_growth_mb": 0.0}
    assert faults_of("control", good) == []
    assert faults_of("control", good | {"complete": False}) == ["complete is 0, at least 1 is wanted"]


def test_what_an_item_costs_is_bounded_too() -> None:
    dear = {"items_per_s": 400, "cpu_ms_per_item": 7.6, "complete": True, "rss_growth_mb": 0.0}
    assert faults_of("control", dear) == ["cpu_ms_per_item is 7.6, at most 7.5 is wanted"]


def test_a_measurement_without_gates_passes(tmp_path: Path) -> None:
    place = tmp_path / "gates.yaml"
    place.write_text("control: [{metric: items_per_s, min_value: 5}]")
    assert faults_of("latency", {}, place) == []
    assert faults_of("control", {"items_per_s": 4.9}, place) == ["items_per_s is 4.9, at least 5 is wanted"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("control: [", "not readable as YAML"),
        ("control: [{metric: x}]", "give min_value or max_value"),
        ("control: [{metric: x, min_value: 1, max_value: 2}]", "give min_value or max_value"),
        ("control: [{metric: x, min_value: 1, unit: ms}]", "control.0.unit"),
        ("- x", "valid dictionary"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path: Path, text: str, said: str) -> None:
    place = tmp_path / "gates.yaml"
    place.write_text(text)
    with pytest.raises(SettingsWrong) as wrong:
        read_gates(place)
    assert str(place) in str(wrong.value)
    assert said in str(wrong.value)
