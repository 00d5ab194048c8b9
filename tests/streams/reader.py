"""Stands for the engines that read sources, where a test is about what comes before and after them."""

from __future__ import annotations

from typing import ClassVar

from generation.readings import Reading
from streams import topics
from streams.delivery import Delivery
from streams.events import Event
from streams.outcomes import Done, Outcome
from streams.payloads import SourceRead
from tests.streams.conftest import FunctionStage
from tests.streams.event_examples import reading


def read(split: Event, found: Reading | None = None) -> Event:
    """Return what the read stage tells of a split source."""
    payload = SourceRead(split=topics.PASSAGES.read(split), reading=found or reading())
    return topics.READINGS.event(payload, key=split.key, subject=split.subject, source="read")


async def _tell(one: Delivery) -> Outcome:
    return Done((read(one.event),))


class Reader(FunctionStage):
    """Reads every source alike, without an engine."""

    group: ClassVar[str] = "read"
    topics: ClassVar[tuple[str, ...]] = ("passages",)

    def __init__(self) -> None:
        super().__init__(_tell)
