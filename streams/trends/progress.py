"""Up to where a log may be committed: pure bookkeeping over what was written, no broker.

Faust's own acknowledgements are not used: they count a record that it skipped after a rebalance as done, and where a
partition has no committed offset yet they do not see what is missing before the first record. Here an offset is passed
only when every one before it, from where the assignment began, has been written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.errors import StreamsError

Partition = tuple[str, int]
"""Topic by its name in the registry, and partition."""


class RecordsMissed(StreamsError):
    """Records of a partition were not brought; the consumer has to begin again where it last committed."""


class Progress:
    """What has been written of each partition under the present assignment. Lives as long as the process: that records
    are missing twice at the same place, by two consumers, means that the log has none there."""

    def __init__(self) -> None:
        self._next: dict[Partition, int] = {}
        self._missed: dict[Partition, int] = {}

    def begin(self, starts: Mapping[Partition, int]) -> None:
        """An assignment has begun; `starts` says from which offset each partition is read."""
        self._next = dict(starts)

    def written(self, partition: Partition, offsets: Iterable[int]) -> int | None:
        """Records were written, in the order in which they were read; returns the offset to commit, None where it
        stays as it was. Raises RecordsMissed where records were left out."""
        before = expected = self._next[partition]
        for offset in offsets:
            if offset < expected:
                continue
            if offset > expected and self._missed.get(partition) != expected:
                self._missed[partition] = expected
                raise RecordsMissed(
                    f"partition {partition[1]} of {partition[0]} was read from offset {offset}, {expected} was next"
                )
            expected = offset + 1
        self._next[partition] = expected
        return expected if expected > before else None
