"""Near-duplicates: the same as comparing everything with everything, whatever the order."""

from __future__ import annotations

import random

import pytest
from snapshot_samples import words

from generation.overlap import grams
from review_bridge.snapshots.duplicates import PERMUTATIONS, RECALL, bands, near_duplicates

LONG = 200
"""Words of a text."""


def compared(texts: dict[str, str], threshold: float) -> dict[str, str]:
    """Return what comparing every pair gives."""
    stays: dict[str, frozenset[str]] = {}
    goes: dict[str, str] = {}
    for name in sorted(texts):
        found = grams(texts[name])
        alike = [one for one, held in stays.items() if len(found & held) / len(found | held) >= threshold]
        if alike:
            goes[name] = min(alike)
        else:
            stays[name] = found
    return goes


def varied(seed: int, threshold: float) -> dict[str, str]:
    """Return 60 texts: families of one text with ever more of its end said differently."""
    drawn = random.Random(seed)
    texts = {}
    for family in range(12):
        whole = words(family, LONG).split()
        for member in range(5):
            kept = len(whole) - drawn.randrange(int(LONG * (1 - threshold)) + 2)
            texts[f"{drawn.randrange(10**6):06}-{family}-{member}"] = " ".join(
                [*whole[:kept], *words(1000 + family * 5 + member, LONG - kept).split()]
            )
    return texts


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("seed", [1, 2])
def test_it_finds_what_comparing_every_pair_finds(seed: int, threshold: float) -> None:
    texts = varied(seed, threshold)
    expected = compared(texts, threshold)
    assert 2 < len(expected) < 50
    assert near_duplicates(texts, threshold) == expected


def test_the_order_they_come_in_does_not_matter() -> None:
    texts = varied(4, 0.8)
    backwards = dict(reversed(texts.items()))
    assert near_duplicates(texts, 0.8) == near_duplicates(backwards, 0.8) != {}


def test_the_smaller_id_stays() -> None:
    assert near_duplicates({"b": words(1), "a": words(1), "c": words(2)}, 0.8) == {"b": "a"}


def test_at_one_only_the_same_words_are_the_same() -> None:
    same, other = words(1, 200), words(1, 199) + " other"
    assert near_duplicates({"a": same, "b": same.upper() + ".", "c": other}, 1.0) == {"b": "a"}


def test_texts_without_a_word_repeat_nothing() -> None:
    assert near_duplicates({"a": "", "b": "–", "c": ""}, 0.8) == {}
    assert near_duplicates({}, 0.8) == {}


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 0.9, 1.0])
def test_bands_find_a_pair_at_the_threshold(threshold: float) -> None:
    number, rows = bands(threshold)
    assert 1 < number * rows <= PERMUTATIONS
    assert 1 - (1 - threshold**rows) ** number >= RECALL
    longer = rows + 1
    assert rows == PERMUTATIONS // 2 or 1 - (1 - threshold**longer) ** (PERMUTATIONS // longer) < RECALL
