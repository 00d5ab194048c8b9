"""One owner a server: attaching, an owner's death, survivors, and processes that are not ours."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_probes import pids, read, wait_for, write

from spinestream.embedded import SERVER_NAMES, Servers, reap, starting, state, status, survey
from spinestream.embedded import servers as servers_module
from spinestream.embedded.processes import identity, start_time

OWNER = """
import sys, time
from pathlib import Path
from spinestream.embedded import Servers
servers = Servers(Path(sys.argv[1]), sys.argv[2].split(","), environ={})
servers.start()
print("ready", flush=True)
sys.stdin.readline()
servers.stop()
"""


@contextlib.contextmanager
def another_command(workdir: Path, names: str) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that starts servers, prints `ready`, and stops them when its standard input ends."""
    command = [sys.executable, "-c", OWNER, str(workdir), names]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_owner_leaves_no_orphan(tmp_path: Path) -> None:
    with another_command(tmp_path, ",".join(SERVER_NAMES)) as owner:
        running = pids(tmp_path)
        assert set(running) == set(SERVER_NAMES)
        owner.kill()
        wait_for(lambda: not pids(tmp_path), "all servers have ended", 10)
        assert [server.owner_pid for server in status(tmp_path)] == [0, 0, 0]
        assert reap(tmp_path) == []


@pytest.mark.parametrize("by", ["start", "reap"])
def test_a_survivor_of_a_killed_owner_is_reaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    monkeypatch.setattr(servers_module, "STOP_DEADLINE_S", 0.3)
    monkeypatch.setattr(survey, "REAP_DEADLINE_S", 0.3)
    with another_command(tmp_path, "redis") as owner:
        survivor = pids(tmp_path)["redis"]
        os.kill(survivor, signal.SIGSTOP)  # so that it cannot follow the kernel's SIGTERM
        assert reap(tmp_path) == []  # its owner lives
        owner.kill()
        owner.wait()
        assert start_time(survivor) is not None
        if by == "reap":
            assert reap(tmp_path) == ["redis"]
        else:
            with Servers(tmp_path, ["redis"], environ={}):
                assert pids(tmp_path)["redis"] != survivor
        assert start_time(survivor) is None


def test_a_pid_that_is_not_ours_is_never_touched(tmp_path: Path) -> None:
    with Servers(tmp_path, ["redis"], environ={}):
        pass
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        who = identity(stranger.pid)
        assert who is not None
        update = {"pid": who.pid, "started": who.started, "owner_pid": 2**22 + 1, "ready": True}
        for started in (who.started, who.started + 1):
            state.change(
                tmp_path, "redis", lambda known, at=started: known.model_copy(update={**update, "started": at})
            )
            assert reap(tmp_path) == []
            with Servers(tmp_path, ["redis"], environ={}):
                assert stranger.poll() is None
        stranger.communicate(b"\n")
        assert stranger.returncode == 0


def test_a_second_command_attaches_and_leaves_the_servers_running(tmp_path: Path) -> None:
    with another_command(tmp_path, "redis,mongodb") as owner:
        running = pids(tmp_path)
        with Servers(tmp_path, ["redis", "mongodb"], environ={}) as second:
            assert second.owned == frozenset()
            write("redis", second.addresses, "by the second")
            assert second.ensure() == []
        assert pids(tmp_path) == running
        owner.communicate("\n")
        assert owner.returncode == 0
    assert pids(tmp_path) == {}


def test_a_second_command_owns_only_what_it_adds(tmp_path: Path) -> None:
    with another_command(tmp_path, "redis"):
        with Servers(tmp_path, ["redis", "mongodb"], environ={}) as second:
            assert second.owned == {"mongodb"}
        assert set(pids(tmp_path)) == {"redis"}


def test_who_is_attached_takes_over_when_the_owner_dies(tmp_path: Path) -> None:
    with another_command(tmp_path, "redis") as owner, Servers(tmp_path, ["redis"], environ={}) as second:
        addresses = second.addresses
        write("redis", addresses, "before")
        owner.kill()
        owner.wait()
        taken: list[str] = []
        wait_for(lambda: taken.extend(second.ensure()) or taken, "the second has taken over")
        assert second.owned == {"redis"}
        assert second.addresses == addresses
        assert read("redis", addresses) == ["before"]
    assert pids(tmp_path) == {}


def test_of_many_at_once_one_starts_the_server(tmp_path: Path) -> None:
    several = [Servers(tmp_path, ["redis"], environ={}) for _ in range(6)]
    threads = [threading.Thread(target=one.start) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one.owned) for one in several) == [0, 0, 0, 0, 0, 1]
    assert len({one.addresses.redis for one in several}) == 1
    for one in several:
        one.stop()
    assert pids(tmp_path) == {}


def test_a_server_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    servers = Servers(tmp_path, ["redis"], environ={})
    thread = threading.Thread(target=servers.start)
    thread.start()
    thread.join()
    try:
        write("redis", servers.addresses, "still here")
        assert servers.ensure() == []
    finally:
        servers.stop()


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    servers = Servers(tmp_path, ["redis"], environ={})
    servers.start()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    try:
        servers.stop()
        assert state.owner_lock(tmp_path, "redis").acquire(wait=False)
    finally:
        os.close(writing)
        os.close(reading)
        os.waitpid(child, 0)


def test_two_work_folders_do_not_touch_each_other(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "ab"
    with (
        Servers(one, ["redis", "mongodb"], environ={}) as first,
        Servers(other, ["redis", "mongodb"], environ={}) as second,
    ):
        ports = [server.port for folder in (one, other) for server in status(folder) if server.port]
        assert len(set(ports)) == 4
        for name in ("redis", "mongodb"):
            write(name, first.addresses, "first")
            write(name, second.addresses, "second")
        running = pids(other)
        os.kill(pids(one)["redis"], signal.SIGKILL)
        wait_for(first.ensure, "redis is back")
        first.stop()
        assert pids(one) == {}
        assert pids(other) == running
        for name in ("redis", "mongodb"):
            assert read(name, second.addresses) == ["second"]


def test_a_port_that_someone_else_took_is_chosen_anew(tmp_path: Path) -> None:
    names = ["kafka", "mongodb", "redis"]
    with Servers(tmp_path, names, environ={}) as servers:
        for name in names:
            write(name, servers.addresses, "before")
    taken = {server.name: server.port for server in status(tmp_path)}
    with contextlib.ExitStack() as stack:
        for port in taken.values():
            listener = stack.enter_context(socket.socket())
            listener.bind(("127.0.0.1", port))
        addresses = stack.enter_context(Servers(tmp_path, names, environ={})).addresses
        for name in names:
            assert read(name, addresses) == ["before"]
            write(name, addresses, "after")
        assert not set(taken.values()) & {server.port for server in status(tmp_path)}


def test_a_port_lost_between_look_and_start_is_chosen_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        honest = starting.with_ports
        answers = iter([lambda known, controller: known.model_copy(update={"port": port})])
        monkeypatch.setattr(
            starting, "with_ports", lambda known, *, controller: next(answers, honest)(known, controller=controller)
        )
        with Servers(tmp_path, ["redis"], environ={}) as servers:
            assert str(port) not in servers.addresses.redis
