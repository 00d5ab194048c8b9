"""Holds a query against what the running roles export."""

from __future__ import annotations

from spinestream.telemetry.catalogue import EXPORTED, names
from streams.telemetry.instruments import Kind
from tests.deploy import promql

OF_PROMETHEUS = {
    "up": frozenset({"role", "app_kubernetes_io_component"}),
    "ALERTS": frozenset({"alertname", "alertstate", "severity"}),
}
"""What Prometheus itself tells, with labels beside those of every series."""
OF_SERIES = frozenset({"job", "instance"})


def labels_of(sample: str) -> frozenset[str]:
    """Return the labels of a sample by its name, `le` for those of a histogram's buckets."""
    if sample in OF_PROMETHEUS:
        return OF_PROMETHEUS[sample]
    [one] = [found for found in EXPORTED if sample in found.samples]
    return frozenset(one.labels) | ({"le"} if sample.endswith("_bucket") else frozenset())


def is_counter(sample: str) -> bool:
    """Whether a sample only grows."""
    return any(sample in one.samples and one.kind is not Kind.GAUGE for one in EXPORTED)


def checked(text: str) -> promql.Query:
    """Return a query after a look at every name in it."""
    query = promql.read(text)
    unknown = query.metrics - names() - set(OF_PROMETHEUS)
    assert not unknown, f"no role exports {sorted(unknown)}: {text}"
    known = OF_SERIES | query.made
    for metric in query.metrics:
        known |= labels_of(metric)
    assert query.matched | query.grouped <= known, f"{sorted((query.matched | query.grouped) - known)}: {text}"
    assert all(is_counter(metric) for metric in query.counted), f"rate or increase of a gauge: {text}"
    return query
