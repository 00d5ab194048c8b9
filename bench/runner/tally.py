"""From answers to scores: each axis by each method, beside chance, the most frequent answer and the blind question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import Field

from bench.errors import NotScored
from bench.items import BenchItem
from bench.runner.answerer import Answered, Method
from bench.runner.run import Sheet
from bench.statistics import ALL, Answer, Estimate, beside, level_swap, twins_of
from generation.model import Value
from streams.model_payloads import AxisResult

CUT = "level"
"""What comparisons are further cut by: `level:L4/L5`."""


class Share(Value):
    """A share of items, with its 95 % interval, clustered by case."""

    value: float
    low: float
    high: float
    note: str = ""
    """What is to be known of the interval; empty where there is nothing."""

    @classmethod
    def of(cls, found: Estimate) -> Share:
        """Return a statistic as it is stored."""
        return cls(value=found.value, low=found.low, high=found.high, note=found.note)


class AxisScore(Value):
    """What one method gave on one axis."""

    axis: str
    """`all`, or an axis."""
    method: Method
    items: int
    cases: int
    score: Share
    failures: int
    """Answers that could not be read; they count as wrong."""
    chance: float
    """What a guess gets: the mean of 1 / number of options."""
    majority: float
    """What always the same letter gets, the most frequent right one."""
    blind: float | None
    """What the question without its passage gets, by likelihood; None where it was not asked."""
    above: dict[str, Share] = Field(default_factory=dict)
    """By how much the score lies above each of the three, item by item, with its 95 % interval; empty in scores of
    before this was kept."""

    @property
    def not_above(self) -> tuple[str, ...]:
        """The baselines that the score does not lie above beyond doubt."""
        return tuple(name for name, share in self.above.items() if not share.low > 0)


class SwapScore(Value):
    """What became of the pairs of twins, which differ in the level alone."""

    method: Method
    pairs: int
    both: Share
    """Right on both: the level was read."""
    original_only: Share
    """Right only before the levels were exchanged."""


def is_right(item: BenchItem, answer: Answered | None) -> bool:
    """Whether an answer is the right one; one that could not be read is not."""
    return answer is not None and answer.option == item.answer


def scores_of(items: Sequence[BenchItem], sheet: Sheet) -> tuple[AxisScore, ...]:
    """Return the scores of a sheet: of each method `all` and then the axes by name. Raises NotScored for no item."""
    if not items:
        raise NotScored("this version has no multiple choice item about a text, so nothing is scored")
    axes = {ALL: list(items)}
    for axis in sorted({item.axis for item in items}):
        axes[axis] = [item for item in items if item.axis == axis]
    return tuple(_of_axis(axis, own, method, sheet) for method in sheet for axis, own in axes.items())


def _of_axis(axis: str, items: Sequence[BenchItem], method: Method, sheet: Sheet) -> AxisScore:
    answers, blind = sheet[method], sheet.get(Method.BLIND)
    [(frequent, _)] = Counter(item.answer for item in items).most_common(1)
    columns = {
        "chance": [1 / len(item.options) for item in items],
        "majority": [float(item.answer == frequent) for item in items],
    }
    if blind is not None and method is not Method.BLIND:
        columns["blind"] = [float(is_right(item, blind.get(item.id))) for item in items]
    right = [float(is_right(item, answers.get(item.id))) for item in items]
    told = beside(right, [item.case for item in items], columns)
    found = told.score
    return AxisScore(
        axis=axis,
        method=method,
        items=found.items,
        cases=found.cases,
        score=Share.of(found),
        failures=failures_of(items, answers),
        chance=chance_of(items),
        majority=majority_of(items),
        blind=None if blind is None else _share_right(items, blind),
        above={one.name: Share.of(one.above) for one in told.baselines},
    )


def failures_of(items: Sequence[BenchItem], answers: Mapping[str, Answered]) -> int:
    """Return how many answers could not be read."""
    return sum(answers[item.id].option is None for item in items if item.id in answers)


def swap_of(items: Sequence[BenchItem], sheet: Sheet, method: Method) -> SwapScore | None:
    """Return the level-swap sensitivity by a method; None where no two items are twins."""
    there = {item.id for item in items}
    swaps = {item.twin: item.id for item in items if item.swapped and item.twin in there}
    if not swaps or method not in sheet:
        return None
    right = {item.id: is_right(item, sheet[method].get(item.id)) for item in items}
    found = level_swap(twins_of(swaps, right, {item.id: item.case for item in items}))
    return SwapScore(
        method=method, pairs=found.pairs, both=Share.of(found.both), original_only=Share.of(found.original_only)
    )


def beside_baselines(
    axes: Sequence[AxisResult], items: Sequence[BenchItem], blind: Mapping[str, Answered] | None
) -> tuple[AxisResult, ...]:
    """Return results with what needs no knowledge beside them: chance, the most frequent letter, and what the candidate
    gets of the question without its passage (`blind`; none where that was not asked)."""
    found = []
    for one in axes:
        own = [item for item in items if one.axis in (ALL, item.axis, *cuts_of(item))]
        told = {"chance": chance_of(own), "majority": majority_of(own)}
        told |= {"blind": _share_right(own, blind)} if blind is not None else {}
        found.append(one.model_copy(update=told))
    return tuple(found)


def chance_of(items: Sequence[BenchItem]) -> float:
    """Return what a guess gets."""
    return sum(1 / len(item.options) for item in items) / len(items)


def majority_of(items: Sequence[BenchItem]) -> float:
    """Return what always the same letter gets, the most frequent right one."""
    [(_, most)] = Counter(item.answer for item in items).most_common(1)
    return most / len(items)


def _share_right(items: Sequence[BenchItem], answers: Mapping[str, Answered]) -> float:
    return sum(is_right(item, answers.get(item.id)) for item in items) / len(items)


def cuts_of(item: BenchItem) -> tuple[str, ...]:
    """Return the names of what an item is further cut by."""
    return (f"{CUT}:{item.level}",) if item.level else ()


def rows_of(
    items: Sequence[BenchItem], candidate: Mapping[str, Answered], champion: Mapping[str, Answered]
) -> list[Answer]:
    """Return the answer table of two models, in the order of the items."""
    return [
        Answer(
            item.id,
            item.case,
            item.axis,
            is_right(item, candidate.get(item.id)),
            is_right(item, champion.get(item.id)),
            cuts_of(item),
        )
        for item in items
    ]
