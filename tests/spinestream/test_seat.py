"""One process at a time runs the roles of a work folder, and everybody can see which."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from actors.budget import BudgetSettings
from spinestream.embedded.processes import identity
from spinestream.errors import UsageError
from spinestream.roles import ROLES
from spinestream.seat import RUN, UP, Holder, Seat, check_settings, holder
from spinestream.settings import Settings, save
from spinestream.workdir import Workdir

HOLD = """
import sys
from pathlib import Path
from spinestream.seat import UP, Seat
from spinestream.workdir import Workdir
assert Seat(Workdir(Path(sys.argv[1])), UP, ("store",)).take()
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    return Workdir.open(tmp_path / "W")


def test_the_seat_is_taken_once_and_free_again_when_it_is_left(place: Workdir) -> None:
    assert holder(place) is None
    first, second = Seat(place, UP, ROLES), Seat(place, RUN, ROLES)
    assert first.take()
    assert first.take()
    assert not second.take()
    second.leave()
    found = holder(place)
    assert found is not None
    assert (found.pid, found.command, found.roles, found.ready) == (os.getpid(), "up", ROLES, False)
    first.tell("running", ready=True, starts={"pools": 2})
    found = holder(place)
    assert found is not None
    assert (found.step, found.ready, found.starts) == ("running", True, {"pools": 2})
    first.leave()
    assert holder(place) is None
    assert second.take()
    second.leave()


def test_who_died_holds_nothing(place: Workdir) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "taken\n"
    found, mine = holder(place), Seat(place, UP, ROLES)
    assert found is not None
    assert (found.pid, found.roles) == (process.pid, ("store",))
    assert not mine.take()
    process.kill()
    process.communicate()
    assert holder(place) is None
    assert mine.take()
    mine.leave()


def test_a_pid_that_somebody_else_has_now_is_no_holder(place: Workdir) -> None:
    me = identity(os.getpid())
    assert me is not None
    told = Holder(pid=me.pid, started=me.started - 1, command=UP, roles=ROLES)
    place.holder_file.write_text(told.model_dump_json())
    assert holder(place) is None
    place.holder_file.write_text("{")
    assert holder(place) is None


def test_other_settings_than_those_that_run_are_refused_but_for_a_budget(place: Workdir) -> None:
    by = Holder(pid=1, started=1, command=UP, roles=ROLES)
    running = Settings(engine="scripted")
    save(place, running)
    check_settings(place, running, by)
    check_settings(place, running.model_copy(update={"budget": BudgetSettings(max_tokens=5)}), by)
    with pytest.raises(UsageError, match=r"with other settings \(engine_settings\): leave them out"):
        check_settings(place, running.model_copy(update={"engine_settings": {"latency_s": 1}}), by)
