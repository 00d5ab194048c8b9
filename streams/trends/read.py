"""Everything the dashboard shows that facts can tell, at one moment. Nothing is kept between two looks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import computed_field
from pymongo.asynchronous.database import AsyncDatabase

from generation.model import Value
from streams.trends import champions, reviews, windows
from streams.trends.facts import COLLECTION
from streams.trends.requests import aware, standing
from streams.trends.reviews import AdapterRow, ReviewSpeed, TokenRow
from streams.trends.trigger import TriggerSettings, Verdict, verdict
from streams.trends.windows import Bucket, Buckets, Rate


class Trends(Value):
    """What facts tell at one moment."""

    at: datetime
    latest: datetime | None
    """Time of the newest fact; None where there is none."""
    totals: Mapping[str, int]
    """Facts by type over all time; `unreadable` are records that are no events."""
    rates: tuple[Rate, ...]
    buckets: Buckets
    adapters: tuple[AdapterRow, ...]
    tokens: tuple[TokenRow, ...]
    passed: int
    """Revisions that passed every check."""
    held: int
    reasons: Mapping[str, int]
    """Held revisions by reason."""
    decisions: Mapping[str, int]
    """Decisions ever made, by kind."""
    speed: ReviewSpeed
    dead: Mapping[str, int]
    """Dead letters that wait for a person, by consumer group."""
    models: champions.Champions
    trigger: Verdict

    @computed_field  # type: ignore[prop-decorator]
    @property
    def simulated(self) -> bool:
        """Whether anything that is shown comes of decisions that no person made."""
        return any(one.simulated for one in self.adapters) or any(one.simulated for one in self.models.challengers)


async def look(
    database: AsyncDatabase[dict[str, Any]],
    settings: TriggerSettings,
    bucket: Bucket = Bucket.MINUTE,
    now: datetime | None = None,
) -> Trends:
    """Look once; `bucket` is the size that the series have. Raises what the store raises while it is away."""
    now = now or datetime.now(UTC)
    newest = await database[COLLECTION].find_one({}, {"at": 1}, sort=[("at", -1)])
    passed, held = await reviews.revised(database)
    decisions = await reviews.decisions(database)
    rates, buckets, totals, adapters, tokens = await asyncio.gather(
        windows.rates(database, now),
        windows.series(database, bucket, now),
        windows.totals(database),
        reviews.by_adapter(database),
        reviews.tokens(database),
    )
    reasons, speed, dead, models, asked = await asyncio.gather(
        reviews.held(database),
        reviews.speed(database, now),
        dead_letters(database),
        champions.champions(database),
        standing(database, simulated=settings.simulated),
    )
    return Trends(
        at=now,
        latest=aware(newest["at"]) if newest else None,
        totals=totals,
        rates=rates,
        buckets=buckets,
        adapters=adapters,
        tokens=tokens,
        passed=passed,
        held=held,
        reasons=reasons,
        decisions=decisions,
        speed=speed,
        dead=dead,
        models=models,
        trigger=verdict(asked, settings, now),
    )


async def dead_letters(database: AsyncDatabase[dict[str, Any]]) -> Mapping[str, int]:
    """Return {consumer group: dead letters that were not replayed}."""
    group = {"_id": "$group", "n": {"$sum": 1}}
    stages: list[dict[str, Any]] = [{"$match": {"status": "dead"}}, {"$group": group}, {"$sort": {"_id": 1}}]
    return {one["_id"]: one["n"] async for one in await database["dead_letters"].aggregate(stages)}
