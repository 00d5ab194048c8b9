"""Owner of what models scored (collection `scores`) and of comparisons (collection `comparisons`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from bench.errors import NotScored
from bench.runner.answerer import Weights
from bench.runner.tally import AxisScore, SwapScore
from generation.model import Value
from streams.events import Event, now
from streams.model_payloads import ComparisonMade


class ModelScore(Value):
    """What one model scored on one version."""

    bench: str
    model: str
    adapter: str
    """Name; empty for the bare model."""
    weights: str
    """Digest under which its answers are kept."""
    scores: tuple[AxisScore, ...]
    swap: SwapScore | None
    not_asked: int
    """Items of the version that are pictures or reports."""
    phantom: int
    """Items that are about nobody."""
    simulated: bool
    """Whether no model answered."""
    at: str


class Scores:
    """Keeps scores by version and weights, and comparisons by their id."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._scores = database["scores"]
        self._comparisons = database["comparisons"]
        self._records = database["scorings"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._scores.create_index([("bench", 1), ("adapter", 1)])
        await self._scores.create_index("at")
        await self._comparisons.create_index("at")

    async def keep(self, score: ModelScore) -> None:
        """Keep what a model scored; scored again it takes the place of the one before."""
        key = f"{score.bench}|{score.weights}"
        await self._scores.replace_one({"_id": key}, {"_id": key, **score.model_dump(mode="json")}, upsert=True)

    async def find(self, bench: str, adapter: str) -> ModelScore:
        """Return the last score of an adapter (empty: the bare model) on a version; raises NotScored."""
        found = await self._scores.find_one({"bench": bench, "adapter": adapter}, sort=[("at", -1)])
        if found is None:
            how = f"--adapter {adapter}" if adapter else "--bare"
            raise NotScored(
                f"{adapter or 'the bare model'} has no score on version {bench[:12]}: `bench run {how}` scores it"
            )
        return _read(found)

    async def listed(self) -> list[ModelScore]:
        """Return every score, oldest first."""
        return [_read(one) async for one in self._scores.find({}).sort("at", 1)]

    async def comparison(self, comparison: str) -> Event | None:
        """Return the event of a comparison that is made, None where it is not."""
        found = await self._comparisons.find_one({"_id": comparison}, {"event": 1})
        return Event.from_stored(found["event"]) if found else None

    async def keep_comparison(self, made: ComparisonMade, event: Event) -> Event:
        """Insert a comparison if absent; returns the event of the one that won."""
        document = {"_id": made.comparison, **made.model_dump(mode="json"), "event": event.stored(), "at": now()}
        try:
            await self._comparisons.insert_one(document)
        except DuplicateKeyError:
            return await self.comparison(made.comparison) or event
        return event

    async def comparisons(self) -> list[dict[str, Any]]:
        """Return every comparison with the time it was made, oldest first."""
        found = self._comparisons.find({}, {"event": 0}).sort("at", 1)
        return [{**ComparisonMade.model_validate(one).model_dump(mode="json"), "at": one["at"]} async for one in found]

    async def bench_for(self, record: str, bench: str) -> str:
        """Return the version on which a candidate's record is scored: the one given, unless it was begun on another."""
        try:
            await self._records.insert_one({"_id": record, "bench": bench, "deaths": 0, "at": now()})
        except DuplicateKeyError:
            found = await self._records.find_one({"_id": record})
            return str(found["bench"]) if found else bench
        return bench

    async def count_death(self, record: str) -> None:
        """Note that an engine died while it scored a candidate's record."""
        await self._records.update_one({"_id": record}, {"$inc": {"deaths": 1}})

    async def forget_deaths(self, record: str) -> None:
        """Let the engines that died over a record count no more."""
        await self._records.update_one({"_id": record}, {"$set": {"deaths": 0}})

    async def deaths(self, record: str) -> int:
        """Return how many engines died while they scored a candidate's record."""
        found = await self._records.find_one({"_id": record}, {"deaths": 1})
        return int(found["deaths"]) if found else 0


def score_now(weights: Weights, **told: Any) -> ModelScore:
    """Return the score of weights, made now."""
    return ModelScore(
        model=weights.model,
        adapter=weights.adapter,
        weights=weights.digest,
        simulated=weights.scripted,
        at=now(),
        **told,
    )


def _read(document: Mapping[str, Any]) -> ModelScore:
    return ModelScore.model_validate({name: document[name] for name in ModelScore.model_fields})
