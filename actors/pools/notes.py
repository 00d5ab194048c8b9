"""What workers tell their manager, and the manager everybody: for status and progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from streams.telemetry.tally import Point


class ActorTold(Protocol):
    """What telemetry is in an actor's process."""

    def numbers(self) -> tuple[Point, ...]:
        """Return what was counted until now."""

    def close(self) -> None:
        """The actor is about to end."""


Begin = Callable[[], ActorTold]
"""Sets telemetry up in an actor's process; it travels there by its name."""


@dataclass(frozen=True)
class WorkerReport:
    """What a worker says of itself when asked."""

    ready: bool
    tokens: int
    silent_seconds: float
    """How long an engine that has work has made no token."""
    in_flight: dict[str, int]
    """Records in hand, by stage."""
    settled: dict[str, int]
    """Records settled since it started, by stage."""
    waiting_for: str | None
    sequence_seconds: float = 0.0
    """Completions computed, integrated over time: its growth ÷ (time × max_num_seqs) is how busy the engine was."""
    cpu_ms: dict[str, float] = field(default_factory=dict)
    """CPU time since it started, by stage, in milliseconds."""
    at: float = 0.0
    """When it said so, in seconds of the machine's monotonic clock."""
    adapter: str = ""
    """Name of the adapter that requests are answered with which come now; empty: the bare model."""
    computes: str = ""
    """Who holds the compute lease, where its stages stand still for that."""
    paused: dict[str, str] = field(default_factory=dict)
    """Why a stage takes no records, for those that were asked to take none."""
    numbers: tuple[Point, ...] = ()
    """What its process has counted since it started; empty where nobody listens."""


@dataclass(frozen=True)
class MemberNote:
    """One actor."""

    pool: str
    id: str
    pid: int | None
    state: str
    """`starting`, `ready` or `draining`."""
    ready: bool
    report: WorkerReport | None
    """What it said last: tokens, records in hand and settled by stage, how long it is silent."""


@dataclass(frozen=True)
class PoolNote:
    """One pool."""

    name: str
    stages: tuple[str, ...]
    lag: int | None
    """Records of its stages that are not committed; None: not known now."""
    wanted: int
    """Actors there should be."""
    members: tuple[MemberNote, ...]
    trouble: str = ""
    """In words, why it waits before it starts another actor; empty while all goes well."""
