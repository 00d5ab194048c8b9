"""What may be set of telemetry, and how a mistake is told."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from spinestream.telemetry.settings import Place, TelemetrySettings


def test_it_comes_off() -> None:
    settings = TelemetrySettings()
    assert settings.place is None
    assert not settings.traced
    assert not settings.json_logs


@pytest.mark.parametrize(
    ("listen", "place"),
    [
        ("127.0.0.1:9464", Place("127.0.0.1", 9464)),
        ("0.0.0.0:0", Place("0.0.0.0", 0)),
        ("[::1]:9464", Place("::1", 9464)),
    ],
)
def test_a_place_to_listen(listen: str, place: Place) -> None:
    assert TelemetrySettings(listen=listen).place == place


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"listen": "9464"}, "write host:port"),
        ({"listen": "localhost"}, "write host:port"),
        ({"listen": "localhost:http"}, "write host:port"),
        ({"listen": "localhost:9464/metrics"}, "write host:port"),
        ({"listen": "localhost:99999"}, "write host:port"),
        ({"otlp": "collector:4318", "sampled": 1}, "write http://host:4318"),
        ({"otlp": "http://me:secret@collector:4318", "sampled": 1}, "holds a login"),
        ({"sampled": 0.1}, "neither otlp nor file"),
        ({"sampled": 1.5, "file": "spans.jsonl"}, "less than or equal to 1"),
        ({"file": "/etc/spans", "sampled": 1}, "a name in the work folder"),
        ({"file": "../spans", "sampled": 1}, "a name in the work folder"),
        ({"samples": 1}, "Extra inputs"),
    ],
)
def test_what_cannot_be_used_is_told_with_what_to_write(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told) as failed:
        TelemetrySettings.model_validate(wrong)
    assert "me:secret" not in " ".join(one["msg"] for one in failed.value.errors())
