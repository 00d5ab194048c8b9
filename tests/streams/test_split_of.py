"""The division into train, bench and final: keyed, stable, of the shares asked for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import pytest
from pydantic import SecretStr, ValidationError

from generation.sources import Split
from streams.splits import SplitSettings, split_of

UNITS = [f"document-{number}" for number in range(10_000)]


def settings(key: str = "a key", **shares: float) -> SplitSettings:
    return SplitSettings(key=SecretStr(key), **shares)


def splits(units: Iterable[str], of: SplitSettings | None = None) -> list[Split]:
    of = of or settings()
    return [split_of(unit, of) for unit in units]


@pytest.mark.parametrize(("bench", "final"), [(0.1, 0.05), (0.3, 0.2), (0.0, 0.0), (0.5, 0.5)])
def test_the_shares_are_those_asked_for(bench, final) -> None:
    counts = Counter(splits(UNITS, settings(bench=bench, final=final)))
    assert sum(counts.values()) == len(UNITS)
    for split, share in ((Split.BENCH, bench), (Split.FINAL, final), (Split.TRAIN, 1 - bench - final)):
        spread = 5 * math.sqrt(len(UNITS) * share * (1 - share))
        assert abs(counts[split] - share * len(UNITS)) <= spread


def test_a_unit_has_its_split_for_ever() -> None:
    first = splits(UNITS[:12])
    assert [number for number, one in enumerate(first) if one is Split.FINAL] == [1, 6]
    assert Split.BENCH not in first
    assert splits(UNITS) == splits(reversed(UNITS))[::-1]


def test_another_key_divides_otherwise() -> None:
    pairs = zip(splits(UNITS, settings("a key")), splits(UNITS, settings("another")), strict=True)
    moved = sum(one is not other for one, other in pairs)
    expected = len(UNITS) * (1 - (0.85**2 + 0.1**2 + 0.05**2))
    assert moved == pytest.approx(expected, rel=0.1)


def test_a_larger_bench_takes_from_train_only() -> None:
    before, after = splits(UNITS, settings(bench=0.1)), splits(UNITS, settings(bench=0.2))
    assert set(zip(before, after, strict=True)) == {
        (Split.FINAL, Split.FINAL),
        (Split.BENCH, Split.BENCH),
        (Split.TRAIN, Split.TRAIN),
        (Split.TRAIN, Split.BENCH),
    }


def test_names_that_look_alike_are_divided_apart() -> None:
    assert len(set(splits(("a", "a ", "A", "á", "a\n", "", "b"), settings(bench=0.5, final=0.25)))) > 1


def test_without_a_key_nothing_is_divided_and_the_message_says_what_to_set() -> None:
    with pytest.raises(ValueError, match="SPINESTREAM_SPLIT_KEY"):
        split_of("document-1", SplitSettings())


def test_a_key_is_not_shown() -> None:
    assert "a key" not in repr(settings("a key"))


@pytest.mark.parametrize("shares", [{"bench": 0.6}, {"final": 0.6}, {"bench": -0.1}])
def test_shares_have_bounds(shares) -> None:
    with pytest.raises(ValidationError):
        settings(**shares)
