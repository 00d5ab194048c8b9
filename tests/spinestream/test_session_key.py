"""What signs session cookies: desks in several places share the key of the environment, a work folder keeps its own."""

from __future__ import annotations

import pytest

from spinestream.errors import SettingsWrong
from spinestream.roles.web import session_key
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
