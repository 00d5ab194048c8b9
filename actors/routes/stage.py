"""The stage that takes in promotions: `model promoted` -> what is wanted of the engines."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from actors.routes.routes import Routes
from streams import topics
from streams.delivery import Delivery
from streams.errors import EventInvalid
from streams.model_payloads import ModelPromoted
from streams.outcomes import Dead, Done, Outcome

log = logging.getLogger(__name__)


class RouteStage:
    """Writes down what is to answer. The highest number wins in whatever order promotions come; it emits nothing: the
    route flips once engines have loaded what is wanted (`actors.routes.keeper`)."""

    group: ClassVar[str] = "routes"
    topics: ClassVar[tuple[str, ...]] = (topics.PROMOTIONS.name,)
    in_flight = 20
    batch = 1
    calls = 1

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Take in each promotion."""
        for one in deliveries:
            try:
                promoted: ModelPromoted = topics.PROMOTIONS.read(one.event)
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
                continue
            if await self._routes.want(promoted):
                name = promoted.adapter.name if promoted.adapter else "the bare model"
                log.info("wanted: %s (promotion %d, %s by %s)", name, promoted.seq, promoted.move, promoted.who)
            yield one, Done()
