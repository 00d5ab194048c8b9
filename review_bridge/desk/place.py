"""What the pages work on, and which of them are open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from redis.asyncio import Redis

from review_bridge.desk.pipeline import Look
from review_bridge.desk.settings import DeskSettings
from review_bridge.desk.trends import LookAtTrends, TrendsShown
from review_bridge.review import Review
from review_bridge.reviewers import Reviewer, Reviewers
from review_bridge.store import SampleStore
from streams.blobs import BlobStore
from streams.trends.windows import Bucket


class Page(Protocol):
    """An open page that holds a lease."""

    @property
    def reviewer(self) -> Reviewer:
        """Who sits at it."""

    async def give_back(self) -> None:
        """Give back what is open on it."""


async def _nothing(_: Bucket) -> TrendsShown | None:
    return None


@dataclass(frozen=True)
class Desk:
    """What the pages work on."""

    review: Review
    reviewers: Reviewers
    store: SampleStore
    blobs: BlobStore
    redis: Redis
    look: Look
    settings: DeskSettings
    key: str
    """Signs the session cookies."""
    trends: LookAtTrends = _nothing
    """Looks at trends; a desk that was told of none shows that a server does not answer."""
    pages: set[Page] = field(default_factory=set)
    """Open pages with a lease."""

    async def leave(self, reviewer: Reviewer) -> None:
        """Give back what a reviewer who signs out has open."""
        for page in [*self.pages]:
            if page.reviewer.name == reviewer.name:
                await page.give_back()

    async def still(self, reviewer: Reviewer) -> bool:
        """Whether a reviewer is still signed in: a page outlives the session that it was opened in."""
        return await self.reviewers.with_stamp(reviewer.name, reviewer.stamp) is not None


Started = Callable[[str], Awaitable[None]]
"""Told the address that the desk listens on."""
