"""Near-duplicates: MinHash says who may be alike, the runs of words themselves say who is.

So nothing goes because of a hash that happened to agree; what MinHash does not show is missed with a probability of at
most 1 - `RECALL` a pair at the threshold, less above it. The same texts give the same answer, in whatever order they
come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generation.overlap import grams

PERMUTATIONS = 128
"""Hash functions of a sketch."""
RECALL = 0.999
"""Probability with which a pair at the threshold is looked at."""
_LOW = 0xFFFF_FFFF
"""The sketch takes 32 bits of a run's hash; the comparison takes all 64."""


class Bands(NamedTuple):
    """How a sketch is cut: two texts are looked at when one band of theirs is the same."""

    number: int
    rows: int


def bands(threshold: float) -> Bands:
    """Return the longest bands that still find a pair at the threshold with `RECALL`.

    A pair of similarity s is found with probability 1 - (1 - s^rows)^number (Leskovec, Rajaraman, Ullman, Mining of
    Massive Datasets, section 3.4).
    """
    for rows in range(PERMUTATIONS // 2, 1, -1):
        number = PERMUTATIONS // rows
        if 1 - (1 - threshold**rows) ** number >= RECALL:
            return Bands(number, rows)
    return Bands(PERMUTATIONS, 1)


def near_duplicates(texts: Mapping[str, str], threshold: float) -> dict[str, str]:
    """Return {id of a text that goes: id of the one it repeats, which stays}.

    `texts` are by id; of two that share `threshold` or more of their runs of words (Jaccard over
    `generation.overlap.grams`) the smaller id stays. A text is held against those that stay, so a chain of likenesses
    does not take the whole chain.
    """
    from datasketch import MinHash, MinHashLSH  # brings scipy along

    number, rows = bands(threshold)
    index = MinHashLSH(num_perm=PERMUTATIONS, params=(number, rows))
    blank = MinHash(num_perm=PERMUTATIONS, hashfunc=_low_bits)
    stays: dict[str, Any] = {}
    goes: dict[str, str] = {}
    for name in sorted(texts):
        found, sketch = _numbers(texts[name]), blank.copy()
        sketch.update_batch(found.tolist())
        alike = [other for other in index.query(sketch) if _jaccard(stays[other], found) >= threshold]
        if alike:
            goes[name] = min(alike)
        elif found.size:
            stays[name] = found
            index.insert(name, sketch)
    return goes


def _numbers(text: str) -> Any:
    """Return the hashes of a text's runs of words as an array of 64 bit numbers: a tenth of what a set would weigh."""
    import numpy

    return numpy.array([int(gram, 16) for gram in grams(text)], dtype=numpy.uint64)


def _jaccard(one: Any, other: Any) -> float:
    import numpy

    common = numpy.intersect1d(one, other, assume_unique=True).size
    return float(common / (one.size + other.size - common))


def _low_bits(number: int) -> int:
    return number & _LOW
