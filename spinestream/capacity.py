"""How many engines, clinicians and bytes a number of released samples takes: a model of plain products.

Every figure is an argument. Their defaults are those of docs/capacity.md, with where each comes from; whoever plans a
cluster measures the engine's rate and the shares on a part of the own documents first.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

HOURS_A_DAY = 24.0
REVIEW_HOURS_A_DAY = 6.0
"""That a clinician decides in, of a day."""


@dataclass(frozen=True)
class Figures:
    """What one item costs and how many items come through."""

    queued_share: float = 0.5
    """Of the items planned, those that pass all checks and reach the queue (0 … 1)."""
    accepted_share: float = 0.8
    """Of the samples decided on, those accepted or edited (0 … 1)."""
    output_tokens: float = 600.0
    """Drafted and revised for one item."""
    tokens_per_s: float = 6_000.0
    """Output tokens a second of one engine, its prompts' share of the work included."""
    busy: float = 0.9
    """Share of the time an engine computes (0 … 1)."""
    seconds_a_decision: float = 60.0
    """Of a clinician."""
    cpu_ms: float = 5.0
    """CPU time of all processes for one item, servers and Ray included, where the engine is scripted: what
    `perf control` measures."""
    store_kib: float = 9.0
    """In MongoDB for one item, indexes and audit included."""
    log_kib: float = 3.0
    """In one replica of Kafka for one item, over all topics."""
    log_days: float = 14.0
    """How long Kafka keeps most topics."""
    replicas: int = 3
    """Of Kafka and of MongoDB."""


@dataclass(frozen=True)
class Capacity:
    """What it takes."""

    samples: int
    days: float
    planned: int
    """Items to plan and draft."""
    decided: int
    """Decisions to take."""
    tokens: int
    """Output tokens."""
    engine_hours: float
    engines: int
    cores: int
    """For roles, servers and Ray; engines not counted."""
    items_per_s: float
    """The control plane has to settle."""
    review_hours: float
    clinicians: int
    """At six hours a day."""
    store_gib: float
    """Of all replicas of MongoDB."""
    log_gib: float
    """Of all replicas of Kafka, when it is fullest."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return asdict(self)


def capacity(samples: int, days: float, figures: Figures) -> Capacity:
    """Return what `samples` released within `days` take.

    Raises ValueError for a number that is not above 0, or a share above 1.
    """
    for name, value in {"samples": samples, "days": days, **asdict(figures)}.items():
        if not value > 0:
            raise ValueError(f"{name} is {value}: give more than 0")
        if name in ("queued_share", "accepted_share", "busy") and value > 1:
            raise ValueError(f"{name} is {value}: a share is at most 1")
    one = figures
    decided = samples / one.accepted_share
    planned = decided / one.queued_share
    tokens = planned * one.output_tokens
    engine_hours = tokens / (one.tokens_per_s * 3600)
    cpu_hours = planned * one.cpu_ms / 3.6e6
    review_hours = decided * one.seconds_a_decision / 3600
    kept = planned * min(1.0, one.log_days / days)
    return Capacity(
        samples=samples,
        days=days,
        planned=math.ceil(planned),
        decided=math.ceil(decided),
        tokens=math.ceil(tokens),
        engine_hours=round(engine_hours, 1),
        engines=math.ceil(engine_hours / (days * HOURS_A_DAY * one.busy)),
        cores=math.ceil(cpu_hours / (days * HOURS_A_DAY)),
        items_per_s=round(planned / (days * 86_400), 2),
        review_hours=round(review_hours, 1),
        clinicians=math.ceil(review_hours / (days * REVIEW_HOURS_A_DAY)),
        store_gib=round(planned * one.store_kib / 2**20 * one.replicas, 1),
        log_gib=round(kept * one.log_kib / 2**20 * one.replicas, 1),
    )
