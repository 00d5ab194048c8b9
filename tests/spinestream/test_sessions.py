"""Ending all processes of a session, whoever their parent is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from spinestream.roles.orphans import SUPERVISOR_VARIABLE, end_with_supervisor
from spinestream.sessions import end_session, members

LEADER = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print(child.pid, flush=True)
time.sleep(300)
"""


def _until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _session() -> tuple[subprocess.Popen[str], int]:
    leader = subprocess.Popen([sys.executable, "-c", LEADER], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert leader.stdout is not None
    return leader, int(leader.stdout.readline())


def test_a_dead_leader_s_session_is_ended() -> None:
    leader, child = _session()
    leader.kill()
    leader.wait()
    assert members(leader.pid) == [child]
    assert end_session(leader.pid) == [child]
    _until(lambda: members(leader.pid) == [])


def test_those_spared_live_on_and_no_other_session_is_touched() -> None:
    (leader, child), (other, others_child) = _session(), _session()
    try:
        assert end_session(leader.pid, spared=[leader.pid]) == [child]
        assert leader.poll() is None
        assert sorted(members(other.pid)) == sorted([other.pid, others_child])
        assert os.getpid() not in members(leader.pid)
    finally:
        for one in (leader, other):
            end_session(one.pid)
            one.wait()


def test_a_role_watches_the_supervisor_that_its_environment_names() -> None:
    ends: list[int] = []
    assert not end_with_supervisor({}, ends.append)
    assert end_with_supervisor({SUPERVISOR_VARIABLE: str(os.getppid())}, ends.append)
    assert ends == []
    assert end_with_supervisor({SUPERVISOR_VARIABLE: "-1"}, ends.append)
    _until(lambda: ends == [1])
