"""The supervisor with real roles on real servers: it brings back what dies, gives up on what cannot live, leaves
nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spinestream import supervisor as module
from spinestream.embedded import Servers
from spinestream.errors import UNUSABLE, RoleFailed
from spinestream.sessions import members
from spinestream.settings import Settings, save
from spinestream.supervisor import Supervisor, role_groups
from spinestream.wiring import broker_settings
from spinestream.workdir import Workdir
from streams.broker import Broker

LIGHT = [("intake", "store")]


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    made = Workdir.open(tmp_path / "W")
    save(made, Settings(engine="scripted"))
    return made


@pytest.fixture
def supervise(place: Workdir, servers: Servers) -> Iterator[Callable[..., Supervisor]]:
    """Makes supervisors on the session's servers and stops them."""
    made: list[Supervisor] = []
    Broker(broker_settings(servers.addresses)).ensure_topics()

    def one(groups: Any = LIGHT) -> Supervisor:
        made.append(Supervisor(place, servers, groups))
        return made[-1]

    yield one
    for supervisor in made:
        supervisor.stop()


def _roles(place: Workdir) -> dict[str, int]:
    return json.loads(place.roles_file.read_text()) if place.roles_file.exists() else {}


def _tick_until(supervisor: Supervisor, condition: Callable[[], Any], seconds: float = 40) -> list[str]:
    deadline, done = time.monotonic() + seconds, []
    while not condition():
        assert time.monotonic() < deadline, done
        done += supervisor.tick()
        time.sleep(0.05)
    return done


def test_a_role_that_dies_is_started_again_and_stop_leaves_nothing(
    place: Workdir, supervise: Callable[..., Supervisor]
) -> None:
    supervisor = supervise()
    supervisor.start()
    first = _roles(place)["intake+store"]
    os.kill(first, signal.SIGKILL)
    done = _tick_until(supervisor, lambda: _roles(place).get("intake+store") not in (None, first))
    assert done == ["role intake+store was started again"]
    second = _roles(place)["intake+store"]
    supervisor.stop()
    assert members(first) == []
    assert members(second) == []
    assert not place.roles_file.exists()
    assert not place.pool_file.exists()


def test_what_a_dead_role_started_ends_before_it_is_started_again(
    place: Workdir, supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ray's agents, which outlive a killed role by a minute."""
    _roles_run(monkeypatch, "import subprocess; subprocess.run(['sleep', '300'])")
    supervisor = supervise()
    supervisor.start()
    role = _roles(place)["intake+store"]
    _tick_until(supervisor, lambda: len(members(role)) == 2)
    os.kill(role, signal.SIGKILL)
    _tick_until(supervisor, lambda: _roles(place).get("intake+store") not in (None, role))
    assert members(role) == []


def test_a_role_that_cannot_start_fails_with_the_end_of_its_log(
    place: Workdir, supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GIVE_UP_AFTER", 2)
    place.settings_file.write_text('{"pools": {"engine": {"max_actors": 0}}}')
    supervisor = supervise()
    supervisor.start()
    with pytest.raises(RoleFailed) as failed:
        _tick_until(supervisor, lambda: False)
    assert failed.value.exit_code == 1
    assert "role intake+store cannot stay up (exit 2)" in str(failed.value)
    assert "logs/intake+store.log" in str(failed.value)
    assert "pools.engine.max_actors" in str(failed.value)


def test_a_role_that_is_killed_is_started_again_however_often(
    place: Workdir, supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GIVE_UP_AFTER", 2)
    _roles_run(monkeypatch, "import time; time.sleep(300)")
    supervisor = supervise()
    supervisor.start()
    for _ in range(3):
        last = _roles(place)["intake+store"]
        os.kill(last, signal.SIGKILL)
        _tick_until(supervisor, lambda last=last: _roles(place).get("intake+store") not in (None, last))


def test_a_role_that_says_it_is_set_wrong_is_not_tried_again(
    supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    _roles_run(monkeypatch, f"import sys; print('no such model'); sys.exit({UNUSABLE})")
    supervisor = supervise()
    supervisor.start()
    with pytest.raises(RoleFailed, match="no such model"):
        _tick_until(supervisor, lambda: False)


def test_passwords_in_a_log_are_not_told(
    place: Workdir, supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.secrets / "mongodb").write_text("abc123secret\n")
    _roles_run(monkeypatch, f"import sys; print('mongodb://user:abc123secret@host'); sys.exit({UNUSABLE})")
    supervisor = supervise()
    supervisor.start()
    with pytest.raises(RoleFailed) as failed:
        _tick_until(supervisor, lambda: False)
    assert "mongodb://user:***@host" in str(failed.value)
    assert "abc123secret" not in str(failed.value)


def test_a_role_gets_addresses_but_no_setting_and_no_password_on_its_command_line(
    place: Workdir, servers: Servers, supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPINESTREAM_ENGINE", "another")
    _roles_run(monkeypatch, "import time; time.sleep(300)")
    supervise().start()
    role = Path(f"/proc/{_roles(place)['intake+store']}")
    deadline = time.monotonic() + 10
    while b"time.sleep" not in (line := (role / "cmdline").read_bytes()):
        assert time.monotonic() < deadline, line
    given = (role / "environ").read_text().split("\0")
    assert f"SPINESTREAM_MONGODB={servers.addresses.mongodb}" in given
    assert not [one for one in given if one.startswith("SPINESTREAM_ENGINE")]
    assert servers.addresses.kafka_password.encode() not in line


def test_a_log_that_has_grown_long_is_put_aside_at_a_start(
    place: Workdir, supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOG_LIMIT", 10)
    _roles_run(monkeypatch, "import time; time.sleep(300)")
    place.log_of("intake+store").write_text("a line of the last start\n")
    supervise().start()
    assert place.log_of("intake+store").read_text() == ""
    assert (place.logs / "intake+store.log.1").read_text() == "a line of the last start\n"


def test_only_the_roles_named_are_run() -> None:
    assert role_groups(separate=False, roles=("pools",)) == (("pools",),)
    assert role_groups(separate=True, roles=("store", "intake")) == (("intake",), ("store",))
    assert role_groups(separate=False, roles=("store",)) == (("store",),)
    assert role_groups(separate=False, roles=("web", "intake", "store")) == (("intake", "store"), ("web",))


def test_roles_share_a_process_unless_asked_otherwise() -> None:
    assert role_groups(separate=False) == (("intake", "store"), ("pools",))
    assert role_groups(separate=True) == (("intake",), ("store",), ("pools",))


def _roles_run(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let a role process run `code` in place of the role."""

    def spawn(command: Any, **more: Any) -> subprocess.Popen[bytes]:
        return real([sys.executable, "-c", code], **more)

    real = module.spawn
    monkeypatch.setattr(module, "spawn", spawn)
