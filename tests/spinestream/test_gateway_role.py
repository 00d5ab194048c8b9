"""The gateway role as a supervisor sees it: alone in its process, ready once it listens, on the port it had before."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE

from spinestream.cli.asked import settings_of
from spinestream.embedded import Servers
from spinestream.endpoints import endpoints
from spinestream.errors import SettingsWrong
from spinestream.gateway_file import GatewayTold, gateway_told, tell_gateway
from spinestream.roles import default_roles
from spinestream.settings import Settings, load, save
from spinestream.supervisor import Supervisor, given_to, role_groups
from spinestream.wiring import broker_settings
from spinestream.workdir import Workdir
from streams.broker import Broker
from streams.intake.gateway.settings import GatewaySettings
from tests.streams.intake.gateway.dicom_samples import MR, Sample

FLAGS = {"engine": None, "separate": None, "engine_setting": (), "actors": None, "in_flight": None, "variants": None,
         "budget_tokens": None, "budget_cost": None}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    return Workdir.open(tmp_path / "W")


def test_a_gateway_is_started_where_there_is_a_way_in() -> None:
    assert "gateway" not in default_roles(Settings())
    assert "gateway" in default_roles(Settings(gateway=GatewaySettings(dicom_port=0)))
    assert "gateway" in default_roles(Settings(gateway=GatewaySettings(watch="in")))
    assert role_groups(separate=False, roles=("intake", "gateway", "store")) == (("intake", "store"), ("gateway",))


def test_flags_name_port_title_and_folder(place: Workdir, tmp_path: Path) -> None:
    given = settings_of({**FLAGS, "dicom_port": 104, "aet": "GATE", "watch_folder": tmp_path})
    found = load(place, given).gateway
    assert (found.dicom_port, found.aet, found.watch) == (104, "GATE", str(tmp_path))
    assert "gateway" not in settings_of({**FLAGS, "dicom_port": None, "aet": None, "watch_folder": None})
    with pytest.raises(SettingsWrong, match=r"gateway\.aet \(on the command line\)"):
        load(place, settings_of({**FLAGS, "aet": "longer than sixteen"}))


def test_a_place_is_told_while_its_gateway_lives(place: Workdir, servers: Servers) -> None:
    told = GatewayTold(pid=os.getpid(), host="127.0.0.1", port=104)
    tell_gateway(place, told)
    assert gateway_told(place) == told
    assert endpoints(place, servers.addresses)["dicom"] is None, "no role of this work folder"
    assert GatewayTold(pid=1).place is None


def test_two_keys_are_made_once_and_apart(place: Workdir) -> None:
    assert place.pseudonym_key() == place.pseudonym_key() != place.split_key()
    assert len(place.pseudonym_key()) == 64
    assert {path.stat().st_mode & 0o777 for path in place.secrets.iterdir()} == {0o600}
    assert sorted(path.name for path in place.secrets.iterdir()) == ["pseudonym.key", "split.key"]


def test_the_pseudonym_key_goes_to_the_gateway_alone() -> None:
    environ = {"SPINESTREAM_DEID_KEY": "k", "spinestream_deid_key": "k", "SPINESTREAM_SPLIT_KEY": "s"}
    assert set(given_to(("gateway",), environ)) == set(environ)
    assert set(given_to(("intake", "store"), environ)) == {"SPINESTREAM_SPLIT_KEY"}


def test_the_key_of_sessions_goes_to_the_desk_alone() -> None:
    environ = {"SPINESTREAM_SESSION_KEY": "k", "SPINESTREAM_SPLIT_KEY": "s"}
    assert set(given_to(("web",), environ)) == set(environ)
    assert set(given_to(("pools",), environ)) == {"SPINESTREAM_SPLIT_KEY"}


def _until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        supervisor.tick()
        time.sleep(0.05)


def test_a_killed_gateway_listens_again_on_its_port_and_has_what_it_acknowledged(
    place: Workdir, servers: Servers, mongo_db: str
) -> None:
    gateway = GatewaySettings(dicom_port=0, quiet_seconds=3600)
    save(place, Settings(engine="scripted", database=mongo_db, gateway=gateway))
    Broker(broker_settings(servers.addresses)).ensure_topics()
    supervisor = Supervisor(place, servers, [("gateway",)])
    supervisor.start()
    try:
        _until(supervisor, supervisor.ready)
        first = gateway_told(place)
        assert first is not None
        assert endpoints(place, servers.addresses)["dicom"] == first.place
        assert _send(first, Sample(number=1)) == 0
        os.kill(first.pid, signal.SIGKILL)
        _until(supervisor, lambda: supervisor.starts()["gateway"] == 2 and supervisor.ready())
        second = gateway_told(place)
        assert second is not None
        assert (second.pid != first.pid, second.port) == (True, first.port)
        assert _send(second, Sample(number=2)) == 0
        assert len(list(place.spool.glob("studies/*/*.dcm"))) == 2
    finally:
        supervisor.stop()
    assert endpoints(place, servers.addresses)["dicom"] is None


def _send(to: GatewayTold, sample: Sample) -> int:
    entity = AE()
    entity.add_requested_context(MR, ExplicitVRLittleEndian)
    assert to.port is not None
    association = entity.associate(to.host, to.port)
    try:
        return int(association.send_c_store(sample.dataset()).Status)
    finally:
        association.release()
