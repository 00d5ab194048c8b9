"""The numbers of this process for Prometheus: OpenTelemetry's SDK, and its exporter on a registry of ours."""

from __future__ import annotations

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector

from streams.telemetry import metering
from streams.telemetry.meters import ApiMeters


class Numbers:
    """What this process counts, from `open_numbers` to `close`."""

    def __init__(self, registry: CollectorRegistry, provider: MeterProvider, meters: ApiMeters) -> None:
        self.meters = meters
        self._registry = registry
        self._provider = provider

    def add(self, collector: Collector) -> None:
        """Show what else somebody knows."""
        self._registry.register(collector)

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return bytes(generate_latest(self._registry))

    def close(self) -> None:
        """Count no more."""
        metering.use(None)
        self._provider.shutdown()


def open_numbers() -> Numbers:
    """Count what this process does from now on."""
    registry = CollectorRegistry()
    reader: MetricReader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=registry)
    provider = MeterProvider([reader], resource=Resource({}), shutdown_on_exit=False)
    meters = ApiMeters(provider.get_meter("spinestream"))
    metering.use(meters)
    return Numbers(registry, provider, meters)
