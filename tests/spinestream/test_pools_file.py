"""Reading what the pools role writes down."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from actors.pools.notes import MemberNote, PoolNote, WorkerReport
from spinestream.cli.status_view import survey_view
from spinestream.pools_file import pools_told
from spinestream.roles.pools import _write
from spinestream.survey import Survey
from spinestream.workdir import Workdir


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    return Workdir.open(tmp_path / "W")


def _member(pool: str, ready: bool, **in_flight: int) -> MemberNote:
    told: dict[str, Any] = {
        **asdict(
            WorkerReport(ready=ready, tokens=7, silent_seconds=0.0, in_flight=in_flight, settled={}, waiting_for=None)
        )
    }
    report = WorkerReport(**told) if ready else None
    return MemberNote(
        pool=pool, id=f"{pool}-1", pid=1, state="ready" if ready else "starting", ready=ready, report=report
    )


def _pool(name: str, wanted: int, *members: MemberNote, trouble: str = "") -> PoolNote:
    return PoolNote(name=name, stages=("draft",), lag=None, wanted=wanted, members=members, trouble=trouble)


def test_what_is_written_is_read(place: Workdir) -> None:
    pools = (
        _pool("draft", 1, _member("draft", True, draft=3, read=1)),
        _pool("revise", 1, _member("revise", False), trouble="the next waits 60 s"),
    )
    _write(place, pools)
    found = pools_told(place)
    assert found is not None
    assert found.pools == pools
    assert not found.working, "one pool has no actor that is ready"
    assert (found.in_hand(["draft"]), found.in_hand(["draft", "read"]), found.in_hand([])) == (3, 4, 0)


def test_a_pool_that_wants_no_actor_works_without(place: Workdir) -> None:
    _write(place, (_pool("draft", 0), _pool("revise", 1, _member("revise", True))))
    found = pools_told(place)
    assert found is not None
    assert found.working


def test_status_tells_of_a_pool_whose_actors_do_not_get_ready(place: Workdir) -> None:
    _write(place, (_pool("draft", 1, trouble="3 engine actors of pool draft in a row did not get ready"),))
    survey = Survey({"credentials": "secrets"}, None, (), {}, pools_told(place), {}, None)
    shown = io.StringIO()
    Console(file=shown, width=200).print(survey_view(survey))
    assert "3 engine actors of pool draft in a row did not get ready" in shown.getvalue()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"manager": 1, "members": []}', json.dumps({"manager": 1, "pools": 3})]
)
def test_what_cannot_be_read_says_nothing(place: Workdir, text: str) -> None:
    assert pools_told(place) is None
    place.pool_file.write_text(text)
    assert pools_told(place) is None
