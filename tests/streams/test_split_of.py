"""The division into train, bench and final: keyed, stable, of the shares asked for."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from pydantic import SecretStr, ValidationError

from generation.sources import Split
from streams.splits import SplitSettings, split_of

UNITS = [f"document-{number}" for number in range(10_000)]


def settings(key: str = "a key", **shares: float) -> SplitSettings:
    return SplitSettings(key=SecretStr(key), **shares)


@pytest.mark.parametrize(("bench", "final"), [(0.1, 0.05), (0.3, 0.2), (0.0, 0.0), (0.5, 0.5)])
def test_the_shares_are_those_asked_for(bench, final) -> None:
    counts = Counter(split_of(unit, settings(bench=bench, final=final)) for unit in UNITS)
    assert sum(counts.values()) == len(UNITS)
    for split, share in ((Split.BENCH, bench), (Split.FINAL, final), (Split.TRAIN, 1 - bench - final)):
        spread = 5 * math.sqrt(len(UNITS) * share * (1 - share))
        assert abs(counts[split] - share * len(UNITS)) <= spread


def test_a_unit_has_its_split_for_ever() -> None:
    assert [split_of(unit, settings()).value for unit in UNITS[:12]] == "train final train train train train final train train train train train".split()
    assert [split_of(unit, settings()) for unit in UNITS] == [split_of(unit, settings()) for unit in reversed(UNITS)][::-1]


def test_another_key_divides_otherwise() -> None:
    moved = sum(split_of(unit, settings("a key")) != split_of(unit, settings("another")) for unit in UNITS)
    expected = len(UNITS) * (1 - (0.85**2 + 0.1**2 + 0.05**2))
    assert moved == pytest.approx(expected, rel=0.1)


def test_a_larger_bench_takes_from_train_only() -> None:
    before, after = settings(bench=0.1), settings(bench=0.2)
    moves = {(split_of(unit, before), split_of(unit, after)) for unit in UNITS}
    assert moves == {
        (Split.FINAL, Split.FINAL),
        (Split.BENCH, Split.BENCH),
        (Split.TRAIN, Split.TRAIN),
        (Split.TRAIN, Split.BENCH),
    }


def test_names_that_look_alike_are_divided_apart() -> None:
    assert len({split_of(name, settings(bench=0.5, final=0.25)) for name in ("a", "a ", "A", "á", "a\n", "", "b")}) > 1


def test_without_a_key_nothing_is_divided_and_the_message_says_what_to_set() -> None:
    with pytest.raises(ValueError, match="SPINESTREAM_SPLIT_KEY"):
        split_of("document-1", SplitSettings())


def test_a_key_is_not_shown() -> None:
    assert "a key" not in repr(settings("a key"))


@pytest.mark.parametrize("shares", [{"bench": 0.6}, {"final": 0.6}, {"bench": -0.1}])
def test_shares_have_bounds(shares) -> None:
    with pytest.raises(ValidationError):
        settings(**shares)
