"""What signs session cookies: desks in several places share the key of the environment, a work folder keeps its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spinestream.embedded import Servers
from spinestream.errors import USAGE, SettingsWrong
from spinestream.roles.web import session_key
from spinestream.settings import Settings, save
from spinestream.variables import strangers
from spinestream.workdir import Workdir

VARIABLE = "SPINESTREAM_SESSION_KEY"


def test_desks_share_the_key_of_the_environment(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "k" * 32)
    assert {session_key(Workdir.open(tmp_path / name)) for name in ("a", "b")} == {"k" * 32}
    assert strangers() == {}


def test_a_work_folder_keeps_its_own(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    first, other = Workdir.open(tmp_path / "a"), Workdir.open(tmp_path / "b")
    assert session_key(first) == session_key(first) != session_key(other)


def test_a_short_key_is_refused_without_being_quoted(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "a-guess")
    with pytest.raises(SettingsWrong, match=f"{VARIABLE}: give at least 32") as raised:
        session_key(Workdir.open(tmp_path))
    assert "a-guess" not in str(raised.value)


def test_a_role_that_cannot_start_says_why_with_its_exit_code(servers: Servers, mongo_db: str, tmp_path: Path) -> None:
    """What ends a role comes out of a group of tasks: its own words and code are told, not the group's."""
    place = Workdir.open(tmp_path / "W")
    save(place, Settings(engine="scripted", database=mongo_db))
    done = subprocess.run(
        [sys.executable, "-m", "spinestream", "role", "web", "--workdir", str(place.root)],
        env={**os.environ, **servers.addresses.environment(), VARIABLE: "a-guess"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == USAGE, done.stderr
    assert "give at least 32 random characters" in done.stderr
    assert "a-guess" not in done.stderr
    assert "Traceback" not in done.stderr
