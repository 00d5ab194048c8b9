"""What the desk's trends page shows: facts, what is not counted yet, and the training run."""

from __future__ import annotations

import asyncio
from functools import partial

from review_bridge.desk.pipeline import SharedLook
from review_bridge.desk.trends import LookAtTrends, TrendsShown
from spinestream.settings import Settings
from spinestream.training_run import run_shown
from spinestream.wiring import Parts
from streams.dependencies import as_dependency_down
from streams.topics import REGISTRY
from streams.trends.read import look
from streams.trends.windows import Bucket
from streams.trends.worker import GROUP

SECONDS = 2.0
"""A look younger than that is shown again."""


class TrendsLook:
    """Looks for the desk, the API and `spinestream trends`."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts

    async def look(self, bucket: Bucket) -> TrendsShown:
        """Look once. Raises what store or broker raise while they are away."""
        broker = self._parts.broker
        behind = None if broker is None else await asyncio.to_thread(broker.lag, GROUP, REGISTRY)
        found = await look(self._parts.database, self._settings.trigger, bucket)
        return TrendsShown(trends=found, behind=behind, run=await run_shown(self._parts.database))

    async def look_or_none(self, bucket: Bucket) -> TrendsShown | None:
        """Look once; None while a server does not answer."""
        try:
            return await self.look(bucket)
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            return None


def shared(looks: TrendsLook) -> LookAtTrends:
    """Return looks that many pages share, apart by the size of the buckets."""
    by_bucket = {one: SharedLook(partial(looks.look_or_none, one), SECONDS) for one in Bucket}

    async def look_at(bucket: Bucket) -> TrendsShown | None:
        return await by_bucket[bucket]()

    return look_at
