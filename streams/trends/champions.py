"""The line of champions and their challengers, from the facts of comparisons, judgements and promotions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import sqrt
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from generation.model import Value
from streams.model_payloads import AxisResult, Judgement, Move
from streams.trends.facts import COLLECTION
from streams.trends.requests import aware

Z95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""


class Band(Value):
    """A score with its 95 % interval; shares between 0 and 1."""

    score: float
    low: float
    high: float
    told: bool
    """Whether the comparison told the interval; else it is Wilson's with the cases as its number, which is wide enough
    where all items of a case stand or fall together."""


class Challenger(Value):
    """A candidate that was scored beside the champion."""

    at: datetime
    comparison: str
    bench: str
    candidate: str
    champion: str
    """Name; empty for the bare model."""
    judgement: Judgement | None
    """None while the gate has not said anything."""
    look: int | None
    simulated: bool
    """Whether simulated decisions are in what it was trained on."""
    unread: int
    """Its answers that could not be read."""
    axes: tuple[AxisResult, ...]

    def axis(self, name: str) -> AxisResult | None:
        """Return the result on an axis, None where it was not scored there."""
        return next((one for one in self.axes if one.axis == name), None)


class ChampionPoint(Value):
    """The champion's scores as they were known from some moment on."""

    at: datetime
    bench: str
    name: str
    scores: Mapping[str, Band]
    """By axis."""
    simulated: bool
    """Whether simulated decisions are in what it was trained on."""


class Change(Value):
    """A promotion or a rollback."""

    at: datetime
    seq: int
    adapter: str
    previous: str
    move: Move


class Champions(Value):
    """How the models have fared."""

    champion: str | None
    """Name of what is to answer; empty for the bare model, None where no comparison or promotion was ever told."""
    live: str | None
    """What the route was last flipped to; None where it never was."""
    line: tuple[ChampionPoint, ...]
    challengers: tuple[Challenger, ...]
    """In the order in which they were scored."""
    changes: tuple[Change, ...]

    @property
    def point(self) -> ChampionPoint | None:
        """What is known of the champion that is; None where it was never scored."""
        last = self.line[-1] if self.line else None
        return last if last is not None and last.name == self.champion else None

    @property
    def axes(self) -> tuple[str, ...]:
        """Every axis that was ever scored: `all` first, then clinical axes, then cuts such as levels."""
        names = {one.axis for challenger in self.challengers for one in challenger.axes}
        return tuple(sorted(names, key=lambda name: (name != "all", ":" in name, name)))


async def champions(database: AsyncDatabase[dict[str, Any]]) -> Champions:
    """Read the facts of the model loop."""
    facts = database[COLLECTION]

    async def every(type_: str) -> list[dict[str, Any]]:
        return [
            {**one, "at": aware(one["at"])} async for one in facts.find({"type": type_}).sort([("at", 1), ("_id", 1)])
        ]

    return champions_of(
        await every("comparison.made"),
        await every("candidate.judged"),
        await every("model.promoted"),
        await every("route.flipped"),
    )


def champions_of(
    comparisons: Sequence[Mapping[str, Any]],
    judgements: Iterable[Mapping[str, Any]],
    promotions: Iterable[Mapping[str, Any]],
    routes: Iterable[Mapping[str, Any]],
) -> Champions:
    """Put facts together, each kind in the order of time; pure."""
    judged = {one["comparison"]: one for one in judgements}
    challengers = tuple(_challenger(one, judged.get(one["comparison"])) for one in comparisons)
    changes = tuple(
        Change(at=one["at"], seq=one["seq"], adapter=one["adapter"], previous=one["previous"], move=one["move"])
        for one in sorted(promotions, key=lambda one: int(one["seq"]))
    )
    flipped = max(routes, key=lambda one: (one["seq"], one["at"]), default=None)
    before = challengers[-1].champion if challengers else None
    return Champions(
        champion=changes[-1].adapter if changes else before,
        live=flipped["adapter"] if flipped else None,
        line=tuple(_line(challengers, changes)),
        challengers=challengers,
        changes=changes,
    )


def _challenger(fact: Mapping[str, Any], judged: Mapping[str, Any] | None) -> Challenger:
    return Challenger(
        at=fact["at"],
        comparison=fact["comparison"],
        bench=fact["bench"],
        candidate=fact["candidate"],
        champion=fact["champion"],
        judgement=Judgement(judged["judgement"]) if judged else None,
        look=judged["look"] if judged else None,
        simulated=fact["simulated"],
        unread=fact["candidate_failures"],
        axes=tuple(AxisResult.model_validate(one) for one in fact["axes"]),
    )


def _line(challengers: Sequence[Challenger], changes: Sequence[Change]) -> list[ChampionPoint]:
    """Each comparison tells the champion's scores anew; each change puts the scores of who was promoted in their place,
    as they were last measured. A comparison beside a model that is champion no more says nothing of the line."""
    known: dict[str, ChampionPoint] = {}
    points: list[ChampionPoint] = []
    champion: str | None = None
    trained_on_simulated = {one.candidate: one.simulated for one in challengers}
    steps: list[Challenger | Change] = sorted([*challengers, *changes], key=lambda one: one.at)
    for step in steps:
        if isinstance(step, Change):
            champion = step.adapter
            if (point := known.get(champion)) is not None:
                points.append(point.model_copy(update={"at": step.at}))
            continue
        champion = step.champion if champion is None else champion
        simulated = trained_on_simulated.get(step.champion, False)
        known[step.champion] = _point(step, step.champion, simulated=simulated)
        known[step.candidate] = _point(step, step.candidate, simulated=step.simulated)
        if step.champion == champion:
            points.append(known[champion])
    return points


def _point(step: Challenger, name: str, *, simulated: bool) -> ChampionPoint:
    candidate = name == step.candidate
    scores = {one.axis: band_of(one, candidate=candidate) for one in step.axes}
    return ChampionPoint(at=step.at, bench=step.bench, name=name, scores=scores, simulated=simulated)


def band_of(result: AxisResult, *, candidate: bool) -> Band:
    """Return the score of candidate or champion on an axis with its 95 % interval."""
    score = result.candidate if candidate else result.champion
    low = result.candidate_low if candidate else result.champion_low
    high = result.candidate_high if candidate else result.champion_high
    if low is not None and high is not None:
        return Band(score=score, low=low, high=high, told=True)
    low, high = _wilson(score, result.cases)
    return Band(score=score, low=low, high=high, told=False)


def _wilson(share: float, number: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (E. B. Wilson, JASA 1927, 22:209); (0, 1) of no cases."""
    if number < 1:
        return 0.0, 1.0
    scale = 1 + Z95**2 / number
    middle = (share + Z95**2 / (2 * number)) / scale
    half = Z95 * sqrt(share * (1 - share) / number + Z95**2 / (4 * number**2)) / scale
    # Not beyond the share itself, by which rounding may miss it at 0 and 1.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))
