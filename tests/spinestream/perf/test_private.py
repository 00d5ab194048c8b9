"""What is measured stays away from the servers and settings that the environment names, and counts when it is whole."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from spinestream.cli import perf
from spinestream.embedded import addresses_from_environment
from spinestream.errors import MeasurementFailed
from spinestream.perf import private
from spinestream.perf.private import alone, environment
from spinestream.settings import Settings
from spinestream.workdir import Workdir

NAMED = {
    "SPINESTREAM_KAFKA": "kafka.hospital.example:9092",
    "SPINESTREAM_MONGODB": "mongodb://db.hospital.example:27017/",
    "SPINESTREAM_DATABASE": "production",
    "spinestream_pools": '{"engine": {"max_actors": 7}}',
}


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**NAMED, "SPINESTREAM_CACHE": "/cache"}.items():
        monkeypatch.setenv(name, value)


def _seen() -> tuple[str, str, str, int]:
    found, settings = addresses_from_environment(), Settings()
    return found.kafka, found.mongodb, settings.database, settings.pools["engine"].max_actors


def test_in_this_process_nothing_of_the_environment_is_seen_and_all_is_there_again_afterwards() -> None:
    named = _seen()
    assert named[2:] == ("production", 7)
    with alone():
        assert _seen() == ("", "", Settings.model_fields["database"].default, 1)
        assert os.environ["SPINESTREAM_CACHE"] == "/cache"
    assert _seen() == named


def test_in_a_run_of_its_own_neither() -> None:
    told = environment({"SEPARATE": True})
    ours = {name for name in told if name.upper().startswith("SPINESTREAM_")}
    assert ours == {"SPINESTREAM_CACHE", "SPINESTREAM_SEPARATE"}


def test_every_measurement_is_made_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from spinestream.perf import latency

    seen = []

    def measure(*_: object) -> None:
        seen.append(_seen())
        raise KeyError

    monkeypatch.setattr(latency, "measure", measure)
    with pytest.raises(KeyError):
        perf.command.main(["latency", "--json"], standalone_mode=False)
    assert [one[:3] for one in seen] == [("", "", "spinestream")]


@pytest.mark.parametrize(
    ("code", "left", "said"),
    [
        (3, {"open": 2}, "open 2"),
        (3, {"dead": {"attempts": 1}}, "dead {'attempts': 1}"),
        (3, {"refused": [{"path": "a.md", "why": "empty"}]}, "refused "),
        (1, {}, "ended with 1"),
    ],
)
def test_a_run_that_did_not_settle_everything_is_no_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, left: dict[str, Any], said: str
) -> None:
    summary = {"planned": 9, "open": 0, "dead": {}, "refused": [], **left}
    does = f"import sys; print({json.dumps(summary)!r}); print('its last words', file=sys.stderr); sys.exit({code})"
    monkeypatch.setattr(private, "bound", lambda _: [sys.executable, "-c", does])
    with pytest.raises(MeasurementFailed) as failed:
        private.run(tmp_path, Workdir(tmp_path / "work"), [], {}, lambda _: None)
    assert said in str(failed.value)
    assert "its last words" in str(failed.value)


def test_a_run_that_did_tells_what_it_came_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "bound", lambda _: [sys.executable, "-c", "print('{\"planned\": 9}')"])
    summary, _ = private.run(tmp_path, Workdir(tmp_path / "work"), [], {}, lambda _: None)
    assert summary == {"planned": 9}
