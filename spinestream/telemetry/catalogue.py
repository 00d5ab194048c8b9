"""Every metric that the running roles export: those of the instruments, and the deployment's at the web role.

Dashboards and alerts may name these and no others; a test compares them, another reads the listeners of real roles.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.telemetry.instruments import ALL, Instrument, Kind

ROLES = "every role, its own listener"
WEB = "web, `metrics_port`"


@dataclass(frozen=True, slots=True)
class Exported:
    """One metric as Prometheus knows it."""

    name: str
    """Of the family, without the endings of its samples."""
    kind: Kind
    labels: tuple[str, ...]
    where: str

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of its samples, as a query gives them."""
        if self.kind is Kind.COUNTER:
            return (f"{self.name}_total",)
        if self.kind is Kind.HISTOGRAM:
            return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")
        return (self.name,)


def exported_of(instrument: Instrument) -> Exported:
    """Return an instrument as Prometheus knows it."""
    name = instrument.name.replace(".", "_") + ("_seconds" if instrument.unit == "s" else "")
    return Exported(name, instrument.kind, instrument.attributes, ROLES)


def _desk(name: str, kind: Kind, *labels: str) -> Exported:
    return Exported(f"spinestream_{name}", kind, labels, WEB)


DESK = (
    _desk("samples_in_state", Kind.GAUGE, "state"),
    _desk("stage_lag", Kind.GAUGE, "stage"),
    _desk("stage_paused", Kind.GAUGE, "stage"),
    _desk("events", Kind.COUNTER, "type"),
    _desk("unreadable_records", Kind.COUNTER),
    _desk("samples", Kind.COUNTER, "state"),
    _desk("held", Kind.COUNTER, "reason"),
    _desk("tokens", Kind.COUNTER, "stage", "adapter", "direction"),
    _desk("dead_letters", Kind.GAUGE, "group"),
    _desk("trends_lag", Kind.GAUGE),
    _desk("decisions", Kind.GAUGE, "window"),
    _desk("review_wait_seconds", Kind.GAUGE),
    _desk("review_oldest_seconds", Kind.GAUGE),
    _desk("trigger_new_samples", Kind.GAUGE),
    _desk("bench_score", Kind.GAUGE, "model", "axis", "bound"),
    _desk("bench_difference", Kind.GAUGE, "axis", "bound"),
    _desk("comparisons", Kind.COUNTER),
)
"""What `review_bridge.desk.metrics` tells of the whole deployment."""

EXPORTED: tuple[Exported, ...] = (*(exported_of(one) for one in ALL), *DESK)


def names() -> frozenset[str]:
    """Return the names of all samples that the running roles export, with `_total`, `_bucket`, `_sum` and `_count`."""
    return frozenset(name for one in EXPORTED for name in one.samples)
