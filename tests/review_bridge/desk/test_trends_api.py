"""Trends for programs: behind the sign-in; metrics without one, with nobody's name in them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from review_bridge.desk.door import COOKIE, Door
from review_bridge.desk.metrics import exposition, metrics_app
from review_bridge.desk.pipeline import Pipeline, StageRow
from review_bridge.desk.tickets import Ticket, Tickets
from review_bridge.desk.trends import TrendsShown
from review_bridge.desk.trends_api import API, STREAM, TrendsApi
from review_bridge.reviewers import Reviewer, Role
from streams.trends.windows import Bucket
from tests.review_bridge.desk.shown_trends import A, shown

LI = Reviewer("Dr Li", (Role.CLINICIAN,), "2026-11-24T10:00:00+00:00", "stamp-1")
PIPELINE = Pipeline("running", {"queued": 4}, (StageRow("draft", 7, 2, 0.5, ""),), (), (), ())


class Place:
    """A door before the API, and a desk that is asked."""

    def __init__(self) -> None:
        self.asked: list[Bucket] = []
        self.found: TrendsShown | None = shown()
        self.looks_left = 3
        tickets = Tickets("key", 12)
        desk: Any = SimpleNamespace(trends=self._trends, still=self._still)
        app = Starlette()
        Door(self, None, tickets, None, secure=False).add_to(app)  # type: ignore[arg-type]
        TrendsApi(desk, every=0).add_to(app)
        self.client = TestClient(app)
        self.ticket = tickets.issue(Ticket(LI.name, LI.stamp))

    async def _trends(self, bucket: Bucket) -> TrendsShown | None:
        self.asked.append(bucket)
        return self.found

    async def _still(self, reviewer: Reviewer) -> bool:
        assert reviewer == LI
        self.looks_left -= 1
        return self.looks_left >= 0

    async def with_stamp(self, name: str, stamp: str) -> Reviewer | None:
        return LI if (name, stamp) == (LI.name, LI.stamp) else None

    def get(self, path: str) -> Any:
        self.client.cookies.set(COOKIE, self.ticket)
        return self.client.get(path)


@pytest.mark.parametrize("path", [API, STREAM])
def test_nobody_is_told_who_has_not_signed_in(path) -> None:
    place = Place()
    assert place.client.get(path).status_code == 401
    assert place.asked == []


def test_trends_as_json() -> None:
    place = Place()
    answer = place.get(API + "?bucket=day")
    assert answer.status_code == 200
    told = answer.json()
    assert told["trends"]["simulated"] is True
    assert told["trends"]["models"]["challengers"][0]["axes"][0]["difference"] == 0.1
    assert (told["behind"], told["run"]["losses"][-1]) == (12, [12, 1.25])
    assert place.asked == [Bucket.DAY]
    assert place.get(API + "?bucket=week").status_code == 422
    place.found = None
    assert place.get(API).status_code == 503


def test_the_stream_ends_with_the_session() -> None:
    place = Place()
    answer = place.get(STREAM)
    assert answer.headers["content-type"].startswith("text/event-stream")
    values = [orjson.loads(one.removeprefix("data: ")) for one in answer.text.split("\n\n") if one]
    assert [one["behind"] for one in values] == [12, 12, 12]


def test_metrics() -> None:
    async def scrape() -> tuple[Pipeline | None, TrendsShown | None]:
        return PIPELINE, shown()

    answer = TestClient(metrics_app(scrape)).get("/metrics")
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    for line in (
        'spinestream_samples_in_state{state="queued"} 4.0',
        'spinestream_stage_lag{stage="draft"} 7.0',
        'spinestream_samples_total{state="accepted"} 3.0',
        'spinestream_samples_total{state="held"} 3.0',
        'spinestream_events_total{type="item.planned"} 7.0',
        "spinestream_unreadable_records_total 2.0",
        f'spinestream_tokens_total{{adapter="{A}",direction="output",stage="draft"}} 40.0',
        'spinestream_dead_letters{group="draft"} 1.0',
        "spinestream_trends_lag 12.0",
        'spinestream_bench_score{axis="all",bound="score",model="champion"} 0.6',
        'spinestream_bench_difference{axis="all",bound="difference"} -0.04',
    ):
        assert line in lines
    assert "Dr" not in answer.text


def test_metrics_while_servers_are_away() -> None:
    async def nothing() -> tuple[Pipeline | None, TrendsShown | None]:
        return None, None

    assert TestClient(metrics_app(nothing)).get("/metrics").status_code == 503
    assert b"spinestream_stage_lag" in exposition(PIPELINE, None)
    assert b"spinestream_events_total" in exposition(None, shown())


def test_each_size_of_bucket_is_looked_at_on_its_own() -> None:
    from spinestream.desk_trends import shared

    class Looks:
        def __init__(self) -> None:
            self.asked: list[Bucket] = []

        async def look_or_none(self, bucket: Bucket) -> TrendsShown | None:
            self.asked.append(bucket)
            return shown()

    async def scenario() -> None:
        looks = Looks()
        look_at = shared(looks)  # type: ignore[arg-type]
        await asyncio.gather(*(look_at(bucket) for bucket in Bucket for _ in range(4)))
        assert sorted(looks.asked) == sorted(Bucket)

    asyncio.run(scenario())
