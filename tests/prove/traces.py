"""Traces: one from a document to its stored, decided and released samples; what following them costs."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from pymongo import MongoClient

from spinestream.perf.corpus import write_corpus
from spinestream.perf.private import run
from spinestream.perf.watching import OURS, Look, between
from spinestream.telemetry.catalogue import exported_of, names
from spinestream.turns import serving
from spinestream.workdir import Workdir
from streams.telemetry.instruments import ACTORS, DEAD_LETTERS, ENGINE, SILENT
from tests.prove.row import Row, row
from tests.prove.stand import spinestream

SPANS = "spans.jsonl"
PROCESSES = ("front-door", "intake", "store", "engine")
OPTIONS = ("--engine", "scripted", "--kinds", "mcq", "--languages", "en")
PAIRS = int(os.environ.get("PROVE_TRACE_PAIRS", "8"))
DOCUMENTS = int(os.environ.get("PROVE_TRACE_DOCUMENTS", "240"))
"""Documents of a run of the second part: sampling is by document, so there are many small ones."""
FACTS = 12
"""Facts a document has: each gives an item or two."""
WARM = 0.25
"""Of the items of a run are settled when it counts as warm: until then processes begin and load what they need."""
TENTH, ALL = 0.1, 1.0
BARS = {TENTH: 1.05, ALL: 1.15}

Span = dict[str, Any]


@row("traces")
def traces(folder: Path) -> Row:
    """Follow a few documents through processes of their own; then pairs of runs, with and without."""
    result = Row(
        "traces: one from document to released sample, and what it costs",
        "scripted engine; (a) `run --separate` with every source followed, spans in a file; (b) pairs of runs of one "
        "corpus side by side, with and without, spans to a collector outside the count; CPU-seconds of run, roles, "
        "manager and actors from the first planned to the last settled item",
    )
    _follow(folder / "a", result)
    _cost(folder / "b", result)
    return result


def _follow(folder: Path, result: Row) -> None:
    write_corpus(folder / "documents", 4, FACTS)
    workdir = Workdir(folder / "W")
    telemetry = {"sampled": 1, "file": SPANS, "listen": "127.0.0.1:0"}
    settings = {"SPINESTREAM_TELEMETRY": json.dumps(telemetry), "SPINESTREAM_SEPARATE": "true"}
    at = ("--workdir", str(workdir.root))
    with Scrapes(workdir) as scrapes:
        done = spinestream("run", str(folder / "documents"), *at, "--json", *OPTIONS, env=settings)
    assert done.returncode in (0, 3), done.stderr[-2000:]
    _check_names(scrapes.found, result)
    with serving(workdir) as servers, MongoClient[dict[str, Any]](servers.addresses.mongodb) as client:
        samples = list(client["spinestream"]["samples"].find({}, {"source": 1, "state": 1, "plan.source.split": 1}))
    queued = [one["_id"] for one in samples if one["state"] == "queued" and one["plan"]["source"]["split"] == "train"]
    assert queued, "no sample of split train was queued: take other documents"
    for more in (("samples", "accept", queued[0], "--who", "Dr Li"), ("dataset", "snapshot")):
        told = spinestream(*more, *at)
        assert told.returncode == 0, told.stderr[-2000:]
    spans = [json.loads(line) for line in (workdir.root / SPANS).read_text().splitlines()]
    _check_traces(spans, {one["_id"]: one["source"]["version"] for one in samples}, queued[0], result)


class Scrapes:
    """Scrapes the listener of every role while a run goes on; use as a context."""

    def __init__(self, workdir: Workdir) -> None:
        self.found: defaultdict[str, set[str]] = defaultdict(set)
        """Names of samples, by role."""
        self._workdir = workdir
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def __enter__(self) -> Scrapes:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _live(self) -> None:
        while not self._stop.wait(0.5):
            for place in self._workdir.run.glob("telemetry-*.json"):
                with contextlib.suppress(OSError, ValueError):
                    port = json.loads(place.read_text())["port"]
                    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                        text = answer.read().decode()
                    role = place.stem.removeprefix("telemetry-")
                    self.found[role] |= {s.name for f in text_string_to_metric_families(text) for s in f.samples}


def _check_names(found: Mapping[str, set[str]], result: Row) -> None:
    known = names()
    for role, told in found.items():
        result.check(f"listener of {role}: {len(told)} names, all in the catalogue", len(told) > 0 and told <= known)
    of_engines = {name for one in (*ENGINE, SILENT, ACTORS) for name in exported_of(one).samples}
    lacking = of_engines - found.get("pools", set()) - set(exported_of(DEAD_LETTERS).samples)
    result.check(f"names of engine actors that their manager does not tell: {sorted(lacking) or 'none'}", not lacking)


def _check_traces(spans: Sequence[Span], samples: Mapping[str, str], chosen: str, result: Row) -> None:
    by_trace: defaultdict[str, list[Span]] = defaultdict(list)
    of_subject: defaultdict[str, set[str]] = defaultdict(set)
    for one in spans:
        by_trace[one["trace"]].append(one)
        if subject := one["attributes"].get("spinestream.subject"):
            of_subject[subject.partition(":")[0]].add(one["trace"])
    documents = set(samples.values())
    result.check(
        f"{len(spans)} spans in {len(by_trace)} traces of {len(documents)} documents with {len(samples)} samples",
        len(by_trace) == len(documents) > 0 and len(samples) > 0,
    )
    one_each = sum(
        of_subject[item] == of_subject[version] and len(of_subject[item]) == 1 for item, version in samples.items()
    )
    result.check(
        f"samples with one trace, that of their document: {one_each} of {len(samples)}", one_each == len(samples)
    )
    for trace, found in by_trace.items():
        services = {one["service"].removeprefix("spinestream-") for one in found}
        pids = {one["pid"] for one in found}
        result.check(
            f"trace {trace}: {len(found)} spans of {len(pids)} processes: {', '.join(sorted(services))}",
            services >= set(PROCESSES) and len(pids) >= len(PROCESSES),
        )
    whole = sum(_reaches_source(item, spans) for item in samples)
    result.check(
        f"samples whose spans lead from the store back to the document: {whole} of {len(samples)}",
        whole == len(samples),
    )
    linked = [one for one in spans if one["name"] == "send planned"]
    right = sum(one["links"] == [f"{one['trace']}-{one['trace'][16:]}"] for one in linked)
    result.check(f"items linked to their source: {right} of {len(linked)}", right == len(linked) >= len(samples))
    later = {one["name"] for one in spans if one["attributes"].get("spinestream.subject") == chosen}
    result.check(f"of the accepted sample: {', '.join(sorted(later))}", {"decide", "release"} <= later)


def _reaches_source(item: str, spans: Sequence[Span]) -> bool:
    """Tell whether the span that stored an item's revision has a whole line of parents up to the document's."""
    by_id = {one["span"]: one for one in spans}
    [*stored] = [
        one
        for one in spans
        if one["name"] == "process revised" and one["attributes"].get("spinestream.subject") == item
    ]
    if not stored:
        return False
    at, names = stored[0], [stored[0]["name"]]
    while at["parent"] is not None:
        if at["parent"] not in by_id:
            return False
        at = by_id[at["parent"]]
        names.append(at["name"])
    return at["name"] == "take in source" and {"process planned", "process drafted", "process passages"} <= set(names)


@dataclass(frozen=True)
class Arm:
    """One run, watched to its end; CPU-seconds are those of our processes."""

    whole: float
    """From the first planned to the last settled item; processes begin meanwhile."""
    warm: float
    """A settled item, once `WARM` of the items are settled."""
    items: int
    spans: int


def _cost(folder: Path, result: Row) -> None:
    write_corpus(folder / "documents", DOCUMENTS, FACTS)
    ratios: dict[float, list[float]] = {TENTH: [], ALL: []}
    warm: dict[float, list[float]] = {TENTH: [], ALL: []}
    for pair in range(PAIRS):
        for share, found in ratios.items():
            at = folder / f"{pair}-{share}"
            without, followed = _beside(at, folder / "documents", share, followed_first=pair % 2 == 1)
            found.append(followed.whole / without.whole)
            warm[share].append(followed.warm / without.warm)
            result.say(
                f"pair {pair + 1}, {share:.0%} followed: {without.whole:.2f} s without, {followed.whole:.2f} s with "
                f"({followed.spans} spans), × {found[-1]:.3f}; {without.items} items; once warm × {warm[share][-1]:.3f}"
            )
    for share, bar in BARS.items():
        middle = statistics.median(ratios[share])
        result.check(
            f"{share:.0%} followed: median of {PAIRS} pairs × {middle:.3f} of the CPU-seconds without (bar {bar})",
            middle <= bar and PAIRS >= 8,
        )
        result.say(f"  once warm, without what a process loads at its start: × {statistics.median(warm[share]):.3f}")


def _beside(folder: Path, documents: Path, share: float, *, followed_first: bool) -> tuple[Arm, Arm]:
    """Do a run without traces and one with, at the same time: what a CPU-second does changes from minute to minute on
    a machine that others share (measured: by half), so that one after the other says nothing."""
    shares = (share, 0.0) if followed_first else (0.0, share)
    with _collector() as collector, ThreadPoolExecutor(len(shares)) as both:
        arms = list(both.map(lambda one: _arm(folder / f"{one}", documents, one, collector), shares))
    return (arms[1], arms[0]) if followed_first else (arms[0], arms[1])


def _arm(folder: Path, documents: Path, share: float, collector: _Collector) -> Arm:
    folder.mkdir(parents=True)
    workdir = Workdir(folder / "W")
    telemetry = {"sampled": share, "otlp": collector.address} if share else {}
    _, looks = run(documents, workdir, OPTIONS, {"TELEMETRY": telemetry}, lambda _: None)
    with serving(workdir) as servers, MongoClient[dict[str, Any]](servers.addresses.mongodb, tz_aware=True) as client:
        times = list(client["spinestream"]["samples"].find({}, {"created_at": 1, "updated_at": 1}))
    settled = sorted(one["updated_at"].timestamp() for one in times)
    begin = int(WARM * len(settled))
    planned = min(one["created_at"].timestamp() for one in times)
    return Arm(
        whole=_spent(looks, planned, settled[-1]),
        warm=_spent(looks, settled[begin], settled[-1]) / (len(settled) - begin),
        items=len(times),
        spans=collector.spans if share else 0,
    )


def _spent(looks: Sequence[Look], begin: float, end: float) -> float:
    first, last = between(looks, begin, end)
    return sum(last.cpu.get(name, 0.0) - first.cpu.get(name, 0.0) for name in OURS)


class _Collector:
    """Takes spans and counts them; what that costs is in this process, which is not counted."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        self.spans = 0


@contextmanager
def _collector() -> Iterator[_Collector]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    lock = threading.Lock()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                collector.spans += sum(len(s.spans) for r in request.resource_spans for s in r.scope_spans)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is told of each request."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        collector = _Collector(server)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
