"""Metrics for Prometheus: how it stands, made anew at every scrape.

They are served without a sign-in, on a listener of their own that is bound to loopback: a proxy in front of the desk
does not reach them. No label holds a name of a person, a source or a case.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from review_bridge.desk.pipeline import Pipeline
from review_bridge.desk.trends import TrendsShown
from streams.trends.champions import band_of
from streams.trends.facts import UNREADABLE

METRICS = "/metrics"
BOUNDS = ("score", "low", "high")

Scrape = Callable[[], Awaitable[tuple[Pipeline | None, TrendsShown | None]]]
"""Returns what is known; None for what cannot be told while a server is away."""


def metrics_app(scrape: Scrape) -> Starlette:
    """Return the application that answers `/metrics`."""

    async def answer(_: Request) -> Response:
        pipeline, found = await scrape()
        if pipeline is None and found is None:
            return PlainTextResponse("A server of the deployment does not answer.", 503)
        return Response(exposition(pipeline, found), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route(METRICS, answer, methods=["GET"])])


def exposition(pipeline: Pipeline | None, found: TrendsShown | None) -> bytes:
    """Return the metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(
        _Collector([*(_of_pipeline(pipeline) if pipeline else ()), *(_of_trends(found) if found else ())])
    )
    return bytes(generate_latest(registry))


class _Collector:
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _gauge(name: str, text: str, labels: list[str], rows: Iterable[tuple[list[str], float]]) -> GaugeMetricFamily:
    made = GaugeMetricFamily(f"spinestream_{name}", text, labels=labels)
    for values, number in rows:
        made.add_metric(values, number)
    return made


def _counter(name: str, text: str, labels: list[str], rows: Iterable[tuple[list[str], float]]) -> CounterMetricFamily:
    made = CounterMetricFamily(f"spinestream_{name}", text, labels=labels)
    for values, number in rows:
        made.add_metric(values, number)
    return made


def _of_pipeline(found: Pipeline) -> Iterator[Metric]:
    yield _gauge("samples_in_state", "Samples now, by state.", ["state"], (([k], v) for k, v in found.counts.items()))
    stages = found.stages
    yield _gauge(
        "stage_lag", "Records that wait before a stage.", ["stage"], (([one.name], one.waiting) for one in stages)
    )
    paused = [([one.name], float(bool(one.paused))) for one in stages]
    yield _gauge("stage_paused", "1 while a stage takes no records.", ["stage"], paused)
    if found.oldest_wait is not None:
        text = "How long the oldest sample in the review queue has waited."
        yield _gauge("review_oldest_seconds", text, [], [([], found.oldest_wait)])


def _of_trends(found: TrendsShown) -> Iterator[Metric]:
    trends = found.trends
    kinds = [([name], float(number)) for name, number in trends.totals.items() if name != UNREADABLE]
    yield _counter("events", "Events that are facts.", ["type"], kinds)
    yield _counter("unreadable_records", "Records that are no events.", [], [([], trends.totals.get(UNREADABLE, 0))])
    yield _counter("samples", "Samples that came into a state, ever.", ["state"], _states(found))
    yield _counter("held", "Held revisions, by reason.", ["reason"], (([k], v) for k, v in trends.reasons.items()))
    names = ["stage", "adapter", "direction"]
    used = [([one.stage, one.adapter, "prompt"], float(one.prompt)) for one in trends.tokens]
    used += [([one.stage, one.adapter, "output"], float(one.output)) for one in trends.tokens]
    yield _counter("tokens", "Tokens of engines.", names, used)
    yield _gauge("dead_letters", "Dead letters that wait.", ["group"], (([k], v) for k, v in trends.dead.items()))
    if found.behind is not None:
        yield _gauge("trends_lag", "Events that are no facts yet.", [], [([], found.behind)])
    speed = trends.speed
    decided = [(["hour"], float(speed.hour)), (["day"], float(speed.day))]
    yield _gauge("decisions", "Decisions in the last hour and day.", ["window"], decided)
    if speed.waited is not None:
        yield _gauge("review_wait_seconds", "Median wait for a person's decision, last day.", [], [([], speed.waited)])
    yield _gauge("trigger_new_samples", "New samples the trigger has counted.", [], [([], trends.trigger.new)])
    yield from _of_models(found)


def _states(found: TrendsShown) -> list[tuple[list[str], float]]:
    trends = found.trends
    told = {"planned": trends.totals.get("item.planned", 0), "drafted": trends.totals.get("item.drafted", 0)}
    told |= {"queued": trends.passed, "held": trends.held, **trends.decisions}
    return [([state], float(number)) for state, number in told.items()]


def _of_models(found: TrendsShown) -> Iterator[Metric]:
    models = found.trends.models
    if not models.challengers:
        return
    newest = models.challengers[-1]
    bands = [("champion", axis, band) for axis, band in (models.point.scores if models.point else {}).items()]
    bands += [("challenger", one.axis, band_of(one, candidate=True)) for one in newest.axes]
    scores = [([who, axis, bound], getattr(band, bound)) for who, axis, band in bands for bound in BOUNDS]
    differences = []
    for one in newest.axes:
        differences += [([one.axis, bound], getattr(one, bound)) for bound in ("difference", "low", "high")]
    text = "Share of items answered right, by the champion as last measured and the newest challenger; 95 % band."
    yield _gauge("bench_score", text, ["model", "axis", "bound"], scores)
    text = "Challenger less champion at the newest comparison, paired 95 % interval."
    yield _gauge("bench_difference", text, ["axis", "bound"], differences)
    yield _counter("comparisons", "Challengers scored.", [], [([], len(models.challengers))])
