"""Candidate beside champion on the same items: one result for `all`, for every axis and for every further cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from bench.statistics.clustered import difference, score
from bench.statistics.errors import NothingToScore, TableInvalid
from streams.model_payloads import AxisResult

ALL = "all"
"""Name of the result over all items."""


class Answer(NamedTuple):
    """One item of an answer table: whether each of the two models has it right."""

    item: str
    case: str
    """What its source case is called: items of one case are one cluster."""
    axis: str
    candidate: bool
    champion: bool
    cuts: tuple[str, ...] = ()
    """Further cuts it belongs to, such as `level:L4/L5`; their names are no axis's."""

    def line(self) -> dict[str, Any]:
        """Return what a stored table holds of it: `{item, case, axis, candidate, champion}`, and `cuts` if any."""
        found: dict[str, Any] = self._asdict()
        if not self.cuts:
            del found["cuts"]
        return found

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Answer:
        """Read back what `line` returned; raises TableInvalid naming what is missing or no truth value."""
        try:
            found = cls(
                item=line["item"],
                case=line["case"],
                axis=line["axis"],
                candidate=line["candidate"],
                champion=line["champion"],
                cuts=tuple(line.get("cuts", ())),
            )
        except KeyError as missing:
            raise TableInvalid(f"a line of an answer table lacks {missing}: {sorted(line)} are there") from None
        if not (isinstance(found.candidate, bool) and isinstance(found.champion, bool)):
            raise TableInvalid(f"item {found.item}: candidate and champion are true or false")
        return found


def compare(rows: Iterable[Answer]) -> tuple[AxisResult, ...]:
    """Return the paired results: `all` first, then the axes and then the cuts by name.

    `difference` is candidate - champion over the same items; `error` and the interval are robust to cases
    (`bench.statistics.clustered.difference`), and so are the intervals of the two scores. Raises NothingToScore where
    no row is given, TableInvalid where an item comes twice or a cut has the name of an axis.
    """
    table = list(rows)
    if not table:
        raise NothingToScore("a comparison", "the answer table is empty")
    _check(table)
    axes = sorted({one.axis for one in table})
    cuts = sorted({cut for one in table for cut in one.cuts})
    return (
        _result(ALL, table),
        *(_result(axis, [one for one in table if one.axis == axis]) for axis in axes),
        *(_result(cut, [one for one in table if cut in one.cuts]) for cut in cuts),
    )


def _check(table: list[Answer]) -> None:
    seen: set[str] = set()
    for one in table:
        if one.item in seen:
            raise TableInvalid(f"item {one.item} is in the table twice: each item is answered once by each model")
        seen.add(one.item)
    axes, cuts = {one.axis for one in table}, {cut for one in table for cut in one.cuts}
    taken = sorted((axes & cuts) | ({ALL} & (axes | cuts)))
    if taken:
        raise TableInvalid(f"{', '.join(taken)} would name two results: call the axis or the cut otherwise")


def _result(name: str, rows: list[Answer]) -> AxisResult:
    candidate = np.array([one.candidate for one in rows], dtype=np.float64)
    champion = np.array([one.champion for one in rows], dtype=np.float64)
    cases = [one.case for one in rows]
    found = difference(candidate, champion, cases)
    own, theirs = score(candidate, cases), score(champion, cases)
    return AxisResult(
        axis=name,
        items=found.items,
        cases=found.cases,
        candidate=float(candidate.mean()),
        champion=float(champion.mean()),
        difference=found.value,
        low=found.low,
        high=found.high,
        error=found.error,
        freedom=found.freedom,
        gained=int((candidate > champion).sum()),
        lost=int((candidate < champion).sum()),
        candidate_low=own.low,
        candidate_high=own.high,
        champion_low=theirs.low,
        champion_high=theirs.high,
    )
