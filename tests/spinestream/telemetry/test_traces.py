"""Where spans go: a file that processes share, a collector; ids of nothing; off, nothing is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spinestream.telemetry.settings import TelemetrySettings
from spinestream.telemetry.setup import ActorShown, traced
from spinestream.workdir import Workdir
from streams.telemetry import metering, tracing

LIGHT = "import streams.loop, streams.sources, actors.stages, actors.pools.notes, review_bridge.sink, sys"


def test_off_no_module_of_opentelemetry_is_loaded() -> None:
    loaded = "[name for name in sys.modules if name.startswith(('opentelemetry', 'prometheus'))]"
    told = f"{LIGHT}, spinestream.telemetry.setup, spinestream.telemetry.logs; print({loaded})"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    return Workdir.open(tmp_path / "W")


def test_spans_are_appended_to_the_file_of_the_work_folder(place: Workdir) -> None:
    settings = TelemetrySettings(sampled=1, file="spans.jsonl")
    for role in ("front-door", "store"):
        with traced(settings, role, place), tracing.source({"spinestream.subject": "v1", "patient": "Jane"}):
            pass
    assert tracing.active() is None
    lines = (place.root / "spans.jsonl").read_text()
    spans = [json.loads(line) for line in lines.splitlines()]
    assert [one["service"] for one in spans] == ["spinestream-front-door", "spinestream-store"]
    assert spans[0]["attributes"] == {"spinestream.subject": "v1"}
    assert spans[0]["trace"] != spans[1]["trace"]
    assert spans[0]["trace"].endswith(spans[0]["span"])
    assert spans[0]["began"] <= spans[0]["ended"]
    assert "Jane" not in lines


def test_a_process_that_makes_spans_already_keeps_its_own_name(place: Workdir) -> None:
    settings = TelemetrySettings(sampled=1, file="spans.jsonl")
    with traced(settings, "store", place):
        mine = tracing.active()
        with traced(settings, "front-door", place):
            assert tracing.active() is mine
        assert tracing.active() is mine


def test_spans_reach_a_collector(place: Workdir) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    taken: list[tuple[str, ExportTraceServiceRequest]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        settings = TelemetrySettings(sampled=1, otlp=f"http://127.0.0.1:{server.server_address[1]}/")
        with traced(settings, "intake", place), tracing.source({"spinestream.subject": "v1", "patient": "Jane"}):
            pass
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    [(path, request)] = taken
    assert path == "/v1/traces"
    [of_process] = request.resource_spans
    assert {one.key: one.value.string_value for one in of_process.resource.attributes}["service.name"] == (
        "spinestream-intake"
    )
    [span] = of_process.scope_spans[0].spans
    assert span.name == "take in source"
    assert [one.key for one in span.attributes] == ["spinestream.subject"]


def test_a_collector_that_is_away_holds_nobody_up(place: Workdir) -> None:
    settings = TelemetrySettings(sampled=1, otlp="http://127.0.0.1:9")
    with traced(settings, "intake", place), tracing.source({}) as traceparent:
        assert traceparent is not None
    assert tracing.active() is None


def test_an_actor_counts_only_where_somebody_listens(place: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spinestream.telemetry.logs.log_to_stderr", lambda *_, **__: None)
    quiet = ActorShown(TelemetrySettings(), place)
    assert not metering.on()
    assert quiet.numbers() == ()
    quiet.close()
    heard = ActorShown(TelemetrySettings(listen="127.0.0.1:0", sampled=1, file="spans.jsonl"), place)
    try:
        assert metering.on()
        assert tracing.active() is not None
    finally:
        heard.close()
        metering.use(None)
    assert tracing.active() is None
