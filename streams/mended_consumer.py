"""What kafka-python 3.0.12 does wrong in a consumer that shares a group and pauses, put right from outside.

Each of the three has a test on a real broker that fails without it; with a client that does it right they may go.
"""

from __future__ import annotations

from typing import Any

JOIN_POLL_MS = 5
"""How much of a poll a consumer that has partitions gives to a join on its way."""


def mend(consumer: Any) -> None:
    """Put a consumer right before it is used."""
    _finish_every_join(consumer)
    _read_on_while_joining(consumer)
    _restore_parked_records(consumer)


def _finish_every_join(consumer: Any) -> None:
    """Keep a consumer from forgetting a join that outlasts the poll it was begun in.

    kafka-python 3.0.12 asks whether a join is needed before it takes up the answer of the one on its way. One that new
    metadata caused is needed no more by then; its answer is never taken up, and the member stays half joined: no
    heartbeat, no commit, a poll that returns at once.
    """
    coordinator = consumer._coordinator  # noqa: SLF001 - the client gives no other way
    needed = coordinator.need_rejoin
    coordinator.need_rejoin = lambda: coordinator.rejoining or needed()


def _read_on_while_joining(consumer: Any) -> None:
    """Let a consumer read on from the partitions it has while a join is on its way.

    A join lasts until every member has answered or is taken for dead, and a cooperative one takes nothing away before
    its end. kafka-python 3.0.12 returns no record meanwhile: one dead member would stop all others of its group for a
    session time-out.
    """
    coordinator = consumer._coordinator  # noqa: SLF001 - the client gives no other way
    poll = coordinator.poll

    def read_on(timeout_ms: float | None = None) -> bool:
        if not coordinator.rejoining:
            return bool(poll(timeout_ms=timeout_ms))
        join = coordinator._join_task  # noqa: SLF001
        if join is not None and not isinstance(join, _Join):
            coordinator._join_task = _Join(join)  # noqa: SLF001
        if not consumer.assignment():
            return bool(poll(timeout_ms=timeout_ms))
        return bool(poll(timeout_ms=min(timeout_ms or 0, JOIN_POLL_MS))) or coordinator.rejoining

    coordinator.poll = read_on


class _Join:
    """A join on its way that never says that it has ended: the client would begin another and forget its answer, had it
    come between two polls."""

    is_done = False

    def __init__(self, future: Any) -> None:
        self.add_callback = future.add_callback
        self.add_errback = future.add_errback


def _restore_parked_records(consumer: Any) -> None:
    """Let a consumer take up again what it parked of a partition that was paused.

    kafka-python 3.0.12 takes up parked records when none are in line, but what was in line and is used up stays there
    until another partition's records come. Where none come any more, the parked ones are never returned and their
    partition is never fetched again: the end of a backlog is stuck for as long as the consumer lives.
    """
    fetcher = consumer._fetcher  # noqa: SLF001 - the client gives no other way
    fetched_records = fetcher.fetched_records

    def restored(*arguments: Any, **more: Any) -> Any:
        if not fetcher._next_partition_records:  # noqa: SLF001
            fetcher._next_partition_records = None  # noqa: SLF001
        return fetched_records(*arguments, **more)

    fetcher.fetched_records = restored
