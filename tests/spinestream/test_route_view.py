"""What is seen of the route from outside: on a real store, and in words."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pymongo import AsyncMongoClient

from actors.pools.notes import MemberNote, PoolNote, WorkerReport
from actors.routes import Acknowledged, Routes
from spinestream.cli.status_view import route_line
from spinestream.pools_file import PoolsTold
from spinestream.route_view import RouteView, WantedView, route_view
from spinestream.survey import computing, in_flight
from streams.blobs import BlobStore
from streams.controls import Paused
from tests.actors.routes.promotions import promotion, stored


def test_what_answers_and_what_is_wanted_are_told(mongodb_url: str, mongo_db: str, tmp_path: Path) -> None:
    async def check() -> None:
        async with AsyncMongoClient(mongodb_url, w="majority") as client:
            routes, blobs = Routes(client[mongo_db]), BlobStore(str(tmp_path / "blobs"))
            assert await route_view(routes) == RouteView(0, "", None, None)
            one, two = [await stored(blobs, tmp_path / str(seed), seed) for seed in range(2)]
            await routes.want(promotion(1, one))
            await routes.flip(promotion(1, one), 1, 1)
            live = (await routes.look()).live
            assert live is not None
            assert await route_view(routes) == RouteView(1, one.name, live.at, None)
            await routes.want(promotion(2, two, one.name))
            await routes.acknowledge(2, "a", Acknowledged.LOADED)
            await routes.acknowledge(2, "b", Acknowledged.FAILED, "no room")
            assert (await route_view(routes)).wanted == WantedView(2, two.name, 1, 1, "no room")

    asyncio.run(check())


def test_it_is_told_in_a_line_once_something_was_promoted() -> None:
    assert route_line(RouteView(0, "", None, None)) == ""
    waiting = RouteView(0, "", None, WantedView(1, "spine@0", 0, 2, "no room"))
    assert route_line(waiting) == "wanted: spine@0 (promotion 1), loaded by 0, 2 cannot: no room"
    both = RouteView(1, "spine@0", "2026-11-28", WantedView(2, "", 1, 0, ""))
    assert route_line(both) == (
        "route: spine@0 since 2026-11-28 (promotion 1) · wanted: the bare model (promotion 2), loaded by 1"
    )


def test_stages_stand_still_as_their_engines_say() -> None:
    def member(name: str, computes: str, **in_flight: int) -> MemberNote:
        report = WorkerReport(True, 0, 0.0, in_flight, {}, None, computes=computes)
        return MemberNote("engine", name, 1, "ready", True, report)

    idle = MemberNote("engine", "c", None, "starting", False, None)
    pool = PoolNote("engine", ("draft",), 0, 3, (member("a", "trainer 3fa9", draft=0), member("b", "", read=1), idle))
    assert computing(pool.members) == {"draft": Paused("compute", "trainer 3fa9", "")}
    assert computing(()) == {}


def test_what_engines_have_in_hand_is_not_known_without_their_manager() -> None:
    report = WorkerReport(True, 0, 0.0, {"draft": 3}, {}, None)
    note = PoolNote("engine", ("draft",), 0, 1, (MemberNote("engine", "a", 1, "ready", True, report),))
    told = PoolsTold(1, (note,))
    assert [in_flight(stage, told) for stage in ("draft", "revise", "intake")] == [3, 0, None]
    assert in_flight("draft", None) is None
