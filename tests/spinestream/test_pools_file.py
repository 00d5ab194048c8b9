"""Reading what the pools role writes down."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from actors.pools.notes import MemberNote, PoolNote, WorkerReport
from spinestream.pools_file import pools_told
from spinestream.roles.pools import _write
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


def _pool(name: str, wanted: int, *members: MemberNote) -> PoolNote:
    return PoolNote(name=name, stages=("draft",), lag=None, wanted=wanted, members=members)


def test_what_is_written_is_read(place: Workdir) -> None:
    pools = (_pool("draft", 1, _member("draft", True, draft=3, read=1)), _pool("revise", 1, _member("revise", False)))
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


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"manager": 1, "members": []}', json.dumps({"manager": 1, "pools": 3})]
)
def test_what_cannot_be_read_says_nothing(place: Workdir, text: str) -> None:
    assert pools_told(place) is None
    place.pool_file.write_text(text)
    assert pools_told(place) is None
