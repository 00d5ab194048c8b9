"""What the trends page, its API and its metrics show; the role that serves the desk tells it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from generation.model import Value
from streams.trends.read import Trends
from streams.trends.windows import Bucket


class RunShown(Value):
    """A training run."""

    id: str
    state: str
    """As training names it: `running`, `trained`, `failed`."""
    step: int
    steps: int
    """Of the whole run; 0 where it is not known yet."""
    losses: tuple[tuple[int, float], ...]
    """(step, loss), in the order of the steps."""
    tokens_per_second: float | None
    began: datetime | None
    adapter: str
    """Name of what it made; empty while it has made nothing."""
    simulated: bool
    """Whether simulated decisions are in what it learns from."""


class TrendsShown(Value):
    """Trends, and what facts cannot tell."""

    trends: Trends
    behind: int | None
    """Events in the log that are no facts yet; None where no broker runs."""
    run: RunShown | None
    """The run that goes on, else the last one; None where there never was one."""


LookAtTrends = Callable[[Bucket], Awaitable[TrendsShown | None]]
"""Looks with buckets of a size; None while a server does not answer."""
