"""What goes wrong is said: which server, which log, its last lines, what to do; nothing is left running."""

from __future__ import annotations

from pathlib import Path

import pytest
from embedded_probes import pids, read, write

from spinestream.embedded import (
    EmbeddedError,
    LoginRefused,
    PackageMissing,
    ServerFailed,
    Servers,
    WorkdirUnusable,
    cache,
    state,
    store,
)

BROKEN = {
    "kafka": ("meta.properties", "version=1\ncluster.id=x\nnode.id=77\n", "node id"),
    "mongodb": ("WiredTiger.turtle", "not a turtle", "WiredTiger"),
    "redis": ("appendonly.aof", "*1\r\nnot an append-only file", "append only file"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_data_folder_gives_a_clear_error(tmp_path: Path, name: str) -> None:
    file, content, told = BROKEN[name]
    data = tmp_path / "servers" / name / "data"
    data.mkdir(parents=True)
    (data / file).write_text(content)
    (data / "WiredTiger").write_text("WiredTiger\n")
    servers = Servers(tmp_path, {name, "redis"}, environ={})
    with pytest.raises(ServerFailed) as caught:
        servers.start()
    error, text = caught.value, str(caught.value)
    assert error.server == name
    assert str(error.log) == f"servers/{name}/{name}.log"
    assert (tmp_path / error.log).exists()
    assert name in text
    assert str(error.log) in text
    assert f"remove servers/{name}/data" in text
    assert any(told.lower() in line.lower() for line in error.tail), error.tail
    assert str(tmp_path) not in text.splitlines()[0] + text.splitlines()[-1]
    for secret in (tmp_path / "secrets").iterdir():
        assert secret.name.startswith(".") or secret.read_text().strip() not in text
    assert pids(tmp_path) == {}
    assert servers.owned == frozenset()


def test_a_server_that_does_not_answer_in_time_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: cache.Redis, timeout_s: float) -> None:
        raise ConnectionError("redis://:secret@nowhere")

    monkeypatch.setattr(cache.Redis, "probe", never)
    with pytest.raises(ServerFailed, match=r"redis did not answer in time \(ConnectionError\)") as caught:
        Servers(tmp_path, ["redis"], deadline_s=0.3, environ={}).start()
    assert "secret@" not in str(caught.value)
    assert pids(tmp_path) == {}


def test_after_the_cause_is_mended_the_same_folder_starts(tmp_path: Path) -> None:
    data = tmp_path / "servers" / "redis" / "data"
    data.mkdir(parents=True)
    (data / "appendonly.aof").write_text("broken")
    servers = Servers(tmp_path, ["redis"], environ={})
    with pytest.raises(ServerFailed):
        servers.start()
    (data / "appendonly.aof").unlink()
    with servers:
        write("redis", servers.addresses, "works")


def test_a_first_start_cut_off_before_the_user_was_made_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise EmbeddedError("cut off")

    with monkeypatch.context() as patch:
        patch.setattr(store.MongoDB, "_make_user", cut)
        with pytest.raises(EmbeddedError, match="cut off"):
            Servers(tmp_path, ["mongodb"], environ={}).start()
    assert pids(tmp_path) == {}
    with Servers(tmp_path, ["mongodb"], environ={}) as servers:
        write("mongodb", servers.addresses, "works")
        assert read("mongodb", servers.addresses) == ["works"]


def test_data_of_another_password_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with Servers(tmp_path, ["mongodb"], environ={}):
        pass
    (tmp_path / "secrets" / "mongodb").unlink()
    with pytest.raises(LoginRefused, match="secrets/mongodb"):
        Servers(tmp_path, ["mongodb"], environ={}).start()
    assert pids(tmp_path) == {}


def test_a_new_password_of_the_broker_is_taken_up(tmp_path: Path) -> None:
    with Servers(tmp_path, ["kafka"], environ={}) as servers:
        write("kafka", servers.addresses, "before")
    (tmp_path / "secrets" / "kafka").unlink()
    with Servers(tmp_path, ["kafka"], environ={}) as servers:
        assert read("kafka", servers.addresses) == ["before"]


def test_a_missing_wheel_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "PACKAGE", "no_such_wheel")
    with pytest.raises(PackageMissing, match=r"no_such_wheel.*SPINESTREAM_REDIS"):
        Servers(tmp_path, ["redis"], environ={}).start()


@pytest.mark.parametrize("content", ["not json", '{"version": 2}', '{"servers": {"redis": {"port": -1}}}'])
def test_an_unreadable_state_file_is_refused_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "servers").mkdir()
    (tmp_path / "servers" / "state.json").write_text(content)
    with pytest.raises(WorkdirUnusable, match=r"remove the file"):
        Servers(tmp_path, ["redis"], environ={}).start()


def test_a_work_folder_that_no_configuration_can_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkdirUnusable, match="quote"):
        Servers(tmp_path / 'a"b', environ={}).start()
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkdirUnusable, match="cannot be made"):
        Servers(tmp_path / "file" / "below", environ={}).start()


def test_a_work_folder_with_spaces_and_signs_serves(tmp_path: Path) -> None:
    with Servers(tmp_path / "my work, 100% é $x", environ={}) as servers:
        for name in ("kafka", "mongodb", "redis"):
            write(name, servers.addresses, "ä")
            assert read(name, servers.addresses) == ["ä"]


def test_an_attached_command_says_whom_it_waited_for(tmp_path: Path) -> None:
    lock = state.owner_lock(tmp_path, "redis")
    lock.acquire(wait=True)
    state.change(tmp_path, "redis", lambda known: known.model_copy(update={"owner_pid": 4242}))
    with pytest.raises(EmbeddedError, match=r"another command owns this server.*4242"):
        Servers(tmp_path, ["redis"], deadline_s=0.2, environ={}).start()
    lock.release()
