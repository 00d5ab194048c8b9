"""The contiguous watermark of one partition: what may be committed while later records are already finished."""

from __future__ import annotations

import heapq


class Watermark:
    """Tracks started and finished offsets of one partition for one assignment.

    `committable` is the smallest offset that has been started and is not finished, or one past the highest finished
    offset when nothing is open. Offsets may have gaps (compaction, transaction markers). It never moves back.
    """

    __slots__ = ("_next", "_order", "_unsettled")

    def __init__(self) -> None:
        self._order: list[int] = []
        self._unsettled: set[int] = set()
        self._next: int | None = None

    def start(self, offset: int) -> None:
        """Note that the record at `offset` was taken; offsets are taken in rising order."""
        if self._next is not None and offset < self._next:
            raise ValueError(f"offset {offset} was taken after {self._next - 1}; a partition is read in order")
        heapq.heappush(self._order, offset)
        self._unsettled.add(offset)
        self._next = offset + 1

    def finish(self, offset: int) -> None:
        """Note that the record at `offset` is settled and all it caused is durable."""
        if offset not in self._unsettled:
            raise ValueError(f"offset {offset} is not open")
        self._unsettled.discard(offset)
        while self._order and self._order[0] not in self._unsettled:
            heapq.heappop(self._order)

    @property
    def committable(self) -> int | None:
        """The offset a commit may name, or None when nothing was taken yet."""
        return self._order[0] if self._order else self._next

    @property
    def open_count(self) -> int:
        """Records taken and not settled."""
        return len(self._unsettled)
