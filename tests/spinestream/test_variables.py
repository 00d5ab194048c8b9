"""Misspelt variables are told with the name that was meant."""

from __future__ import annotations

import pytest

from spinestream.settings import Settings
from spinestream.variables import known_variables, strangers
from tests.spinestream.cli.front_door import called


def test_a_misspelt_variable_is_told_with_the_nearest_name() -> None:
    given = {
        "SPINESTREAM_ENGNE": "scripted",
        "SPINESTREAM_POOL__engine__in_flight": "4",
        "spinestream_budgets__max_tokens": "1",
        "SPINESTREAM_SPLIT_BENCHS": "0.1",
        "SPINESTREAM_WEB_SERVICE_HOST": "10.0.0.1",
    }
    assert strangers(given) == {
        "SPINESTREAM_ENGNE": "SPINESTREAM_ENGINE",
        "SPINESTREAM_POOL__engine__in_flight": "SPINESTREAM_POOLS",
        "spinestream_budgets__max_tokens": "SPINESTREAM_BUDGET",
        "SPINESTREAM_SPLIT_BENCHS": "SPINESTREAM_SPLIT_BENCH",
        "SPINESTREAM_WEB_SERVICE_HOST": "",
    }


def test_what_exists_is_no_stranger() -> None:
    known = known_variables()
    assert {"SPINESTREAM_KAFKA", "SPINESTREAM_KAFKA_PREFIX", "SPINESTREAM_SPLIT_KEY", "SPINESTREAM_CACHE"} <= set(known)
    assert {f"SPINESTREAM_{name.upper()}" for name in Settings.model_fields} <= set(known)
    assert strangers({**dict.fromkeys(known, "x"), "SPINESTREAM_PLAN__VARIANTS": "2", "PATH": "/bin"}) == {}


def test_a_run_warns_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("SPINESTREAM_ENGNE", "scripted")
    (tmp_path / "a.md").write_text("# A\n\nA disc extrusion at L4/L5 was seen.\n")
    answer = called("run", tmp_path / "a.md", "--workdir", tmp_path / "W", "--engine", "nope")
    assert answer.code == 2
    assert "warning: SPINESTREAM_ENGNE is no setting, and is not looked at; is SPINESTREAM_ENGINE meant?" in answer.err
