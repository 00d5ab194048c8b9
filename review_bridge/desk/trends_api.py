"""Trends for programs: one JSON value, and a stream of them. Behind the same sign-in as the pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from review_bridge.desk.place import Desk
from review_bridge.reviewers import Reviewer
from streams.trends.windows import Bucket

API, STREAM = "/api/trends", "/api/trends/stream"
EVERY = 2.0
"""Seconds between two values of the stream."""
AWAY = b"event: away\ndata: {}\n\n"
"""What the stream says while a server of the deployment does not answer."""


class TrendsApi:
    """The routes."""

    def __init__(self, desk: Desk, every: float = EVERY) -> None:
        self._desk = desk
        self._every = every

    def add_to(self, app: Starlette) -> None:
        """Add the routes to an application."""
        app.add_route(API, self.once, methods=["GET"])
        app.add_route(STREAM, self.stream, methods=["GET"])

    async def once(self, request: Request) -> Response:
        """Answer `?bucket=minute|quarter|day` with trends as they are."""
        bucket = _bucket(request)
        if bucket is None:
            return _refused()
        found = await self._desk.trends(bucket)
        if found is None:
            return PlainTextResponse("A server of the deployment does not answer; try again in a moment.", 503)
        return Response(orjson.dumps(found.model_dump(mode="json")), media_type="application/json")

    async def stream(self, request: Request) -> Response:
        """Answer with server-sent events, a whole value each, until whoever asked goes or has signed out."""
        bucket = _bucket(request)
        if bucket is None:
            return _refused()
        return StreamingResponse(self._events(bucket, request.state.reviewer), media_type="text/event-stream")

    async def _events(self, bucket: Bucket, reviewer: Reviewer) -> AsyncIterator[bytes]:
        while await self._desk.still(reviewer):
            found = await self._desk.trends(bucket)
            yield AWAY if found is None else b"data: " + orjson.dumps(found.model_dump(mode="json")) + b"\n\n"
            await asyncio.sleep(self._every)


def _bucket(request: Request) -> Bucket | None:
    try:
        return Bucket(request.query_params.get("bucket", Bucket.MINUTE.value))
    except ValueError:
        return None


def _refused() -> Response:
    return PlainTextResponse(f"bucket is one of {', '.join(Bucket)}", 422)
