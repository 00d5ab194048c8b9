"""What there is to see of the route: which adapter answers, which is wanted, and who has it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from actors.routes import Acknowledged, Routes


@dataclass(frozen=True, slots=True)
class WantedView:
    """A promotion that the route does not follow yet."""

    seq: int
    adapter: str
    """Name; empty for the bare model."""
    loaded: int
    """Engines that have loaded and tested it; some of them may be gone."""
    failed: int
    why: str
    """What one of those that could not load it said; empty: none."""


@dataclass(frozen=True, slots=True)
class RouteView:
    """The route at one moment."""

    seq: int
    """Of the promotion that is followed; 0: none yet, engines answer with the adapter of their settings."""
    adapter: str
    """Name of the adapter that answers; empty for the bare model, or for that of the settings while `seq` is 0."""
    since: str | None
    wanted: WantedView | None
    """None where the route follows the last promotion."""


async def route_view(routes: Routes) -> RouteView:
    """Look once."""
    found = await routes.look()
    live, ahead = found.live, found.ahead
    wanted = None
    if ahead is not None:
        acks = (await routes.acknowledged(ahead.seq)).values()
        said = Counter(one.state for one in acks)
        wanted = WantedView(
            seq=ahead.seq,
            adapter=ahead.adapter.name if ahead.adapter else "",
            loaded=said[Acknowledged.LOADED],
            failed=said[Acknowledged.FAILED],
            why=next((one.why for one in acks if one.state is Acknowledged.FAILED), ""),
        )
    return RouteView(live.seq if live else 0, live.name if live else "", live.at if live else None, wanted)
