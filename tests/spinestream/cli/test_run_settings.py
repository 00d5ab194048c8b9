"""Settings that cannot be used end a `run` before anything is made or started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spinestream.cli.front_door import LUMBAR, called

ENGINE = ("--engine", "scripted")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--engine", "nope"), "no engine is called 'nope'"),
        (
            ("--engine", "scripted", "--engine-setting", "latency=3"),
            "engine_settings.latency: there is no such setting",
        ),
        (
            ("--engine", "scripted", "--in-flight", "24", "--engine-setting", "latency_s=-1"),
            "engine_settings.latency_s",
        ),
    ],
)
def test_wrong_settings_are_told_at_once_and_nothing_is_made(
    tmp_path: Path, arguments: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_text(LUMBAR)
    answer = called("run", "a.md", "--workdir", "W", *arguments)
    assert answer.code == 2
    assert told in answer.err
    assert [one.name for one in tmp_path.iterdir()] == ["a.md"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "SPINESTREAM_POOLS__ENGINE__MAX_ACTORS",
            "0",
            "pools.engine.max_actors (in the environment, SPINESTREAM_POOLS__ENGINE__MAX_ACTORS)",
        ),
        ("SPINESTREAM_SPLIT_BENCH", "2", "SPINESTREAM_SPLIT_BENCH"),
        ("SPINESTREAM_MONGODB", "nowhere", "SPINESTREAM_MONGODB is not an address"),
    ],
)
def test_an_environment_that_is_wrong_is_told_at_once(
    tmp_path: Path, name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    (tmp_path / "a.md").write_text(LUMBAR)
    answer = called("run", "a.md", "--workdir", "W", *ENGINE)
    assert answer.code == 2
    assert told in answer.err
    assert [one.name for one in tmp_path.iterdir()] == ["a.md"]
