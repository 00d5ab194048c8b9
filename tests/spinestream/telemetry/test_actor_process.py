"""What a manager hands to its actors' processes: it travels by name, and works in a process that knows nothing else."""

from __future__ import annotations

import base64
import functools
import json
import subprocess
import sys
from pathlib import Path

from actors.pools.notes import WorkerReport
from spinestream.telemetry.settings import TelemetrySettings
from spinestream.telemetry.setup import ActorShown
from spinestream.workdir import Workdir
from streams.telemetry.tally import Point

ACTOR = """
import base64, dataclasses, sys
import ray.cloudpickle as pickle
told = pickle.loads(base64.b64decode(sys.argv[1]))()

import logging
from actors.pools.notes import WorkerReport
from streams.telemetry import metering, tracing
from streams.telemetry.instruments import SENT
metering.count(SENT, 2, "drafted")
with tracing.step("work", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", {}):
    logging.getLogger("an.actor").info("at work on MRN 12345678")
report = dataclasses.replace(WorkerReport(True, 0, 0.0, {}, {}, None), numbers=told.numbers())
told.close()
print(base64.b64encode(pickle.dumps(report)).decode())
"""


def test_an_actor_counts_follows_and_logs(tmp_path: Path) -> None:
    from ray import cloudpickle

    place = Workdir.open(tmp_path / "W")
    settings = TelemetrySettings(listen="127.0.0.1:0", sampled=1, file="spans.jsonl", json_logs=True)
    handed = base64.b64encode(cloudpickle.dumps(functools.partial(ActorShown, settings, place))).decode()
    done = subprocess.run([sys.executable, "-c", ACTOR, handed], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = cloudpickle.loads(base64.b64decode(done.stdout))
    assert isinstance(report, WorkerReport)
    assert report.numbers == (Point("messaging.client.sent.messages", ("drafted",), 2.0),)
    [span] = [json.loads(line) for line in (place.root / "spans.jsonl").read_text().splitlines()]
    assert (span["name"], span["service"], span["parent"]) == ("work", "spinestream-engine", "b7ad6b7169203331")
    [line] = [json.loads(one) for one in done.stderr.splitlines()]
    assert (line["message"], line["role"]) == ("at work on MRN <number>", "engine")
    assert (line["trace_id"], line["span_id"]) == (span["trace"], span["span"])
