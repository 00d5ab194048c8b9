"""What compose.yaml sets is what the roles read: every variable exists, and every service's settings can be used."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from review_bridge.desk.settings import SessionSettings
from spinestream.embedded import addresses_from_environment
from spinestream.settings import Settings, load
from spinestream.variables import strangers
from spinestream.wiring import broker_settings
from spinestream.workdir import Workdir
from streams.intake.gateway.settings import PseudonymSettings
from streams.splits import SplitSettings
from tests.deploy.composed import env_file
from tests.deploy.places import DEPLOY, ROOT

OURS = (
    *("prepare", "models", "intake", "store", "web", "gateway", "trends", "pools", "scorer", "trainer"),
    *("pools-gpu", "scorer-gpu", "trainer-gpu", "cli", "cli-gpu"),
)


@pytest.fixture
def given(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Returns what a service's process is given: its files of variables, and over them its own."""
    for name in list(os.environ):
        if name.startswith("SPINESTREAM_"):
            monkeypatch.delenv(name)

    def look(service: str) -> Settings:
        one = compose["services"][service]
        files = [ROOT / file["path"] for file in one["env_file"] if file.get("required", True)]
        told = {name: value for file in files for name, value in env_file(file).items()} | one["environment"]
        assert strangers(told) == {}, service
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        return load(Workdir.open(tmp_path / "W"))

    return look


@pytest.mark.parametrize("service", OURS)
def test_a_service_can_use_what_it_is_given(service: str, given: Any, compose: dict[str, Any]) -> None:
    settings = given(service)
    addresses = addresses_from_environment()
    broker = broker_settings(addresses)
    assert broker.bootstrap == "kafka:9092"
    assert (broker.protocol, broker.mechanism) == ("SASL_PLAINTEXT", "PLAIN")
    assert (
        f'user_{broker.username}="{broker.password.get_secret_value()}"'
        in (compose["services"]["kafka"]["environment"]["KAFKA_LISTENER_NAME_CLIENT_PLAIN_SASL_JAAS_CONFIG"])
    )
    assert "replicaSet=rs0" in addresses.mongodb
    assert settings.blobs == "/blobs"
    assert settings.telemetry.place == ("0.0.0.0", 9464)


def test_every_service_of_ours_was_looked_at(compose: dict[str, Any]) -> None:
    assert set(OURS) == {name for name, one in compose["services"].items() if one["image"].startswith("spinestream:")}


def test_the_passwords_are_those_of_the_servers(given: Any, compose: dict[str, Any]) -> None:
    given("store")
    addresses, servers = addresses_from_environment(), compose["services"]
    assert f":{servers['mongodb']['environment']['MONGODB_PASSWORD']}@" in addresses.mongodb
    assert f":{servers['redis']['environment']['REDIS_PASSWORD']}@" in addresses.redis


def test_the_store_knows_the_user_that_roles_log_in_as(given: Any) -> None:
    given("store")
    user = (DEPLOY / "mongodb" / "user.js").read_text()
    name = re.search(r'user: "(\w+)"', user)
    database = re.search(r'getSiblingDB\("(\w+)"\)', user)
    assert name is not None
    assert database is not None
    url = addresses_from_environment().mongodb
    assert url.startswith(f"mongodb://{name[1]}:")
    assert url.endswith(f"authSource={database[1]}")
    assert database[1] == Settings.model_fields["database"].default


def test_the_set_that_is_made_is_the_set_that_is_asked_for() -> None:
    start, healthy = (DEPLOY / "mongodb" / name for name in ("start", "healthy.js"))
    assert "--replSet rs0" in start.read_text()
    assert '_id: "rs0", members: [{ _id: 0, host: "mongodb:27017" }]' in healthy.read_text()


def test_desk_and_gateway_listen_where_their_ports_lead(given: Any, compose: dict[str, Any]) -> None:
    web = given("web").web
    assert (web.host, web.port, web.secure) == ("0.0.0.0", 8080, False)
    assert compose["services"]["web"]["ports"][0].endswith(f":{web.port}")
    assert len(SessionSettings().key.get_secret_value()) >= 32
    gateway = given("gateway").gateway
    assert gateway.open
    assert compose["services"]["gateway"]["ports"][0].endswith(f":{gateway.dicom_port}")
    assert len(PseudonymSettings().key.get_secret_value()) >= 16
    assert len(SplitSettings().key.get_secret_value()) >= 16


def test_on_one_gpu_they_compute_by_turns(given: Any) -> None:
    settings = given("pools-gpu")
    [pool] = settings.pools.values()
    assert (pool.gpus, pool.share_compute) == (1, True)
    assert settings.bench.share_compute is True
    assert settings.training.share_compute is True
    assert settings.training.model == settings.engine_settings["model"]
    assert settings.training.max_steps == Settings().training.max_steps


def test_commands_on_a_gpu_server_mean_the_model_that_its_roles_serve(given: Any) -> None:
    roles, commands = given("trainer-gpu"), given("cli-gpu")
    assert commands.training_settings() == roles.training_settings()
    assert commands.training_settings().model == commands.engine_settings["model"] == "/models/served"
    assert commands.engine_settings == roles.engine_settings


def test_the_key_of_the_set_s_members_can_be_written_again_by_a_container_that_is_started_again() -> None:
    """A file of another user in a sticky folder is not written to, not even by root (fs.protected_regular)."""
    lines = (DEPLOY / "mongodb" / "start").read_text().splitlines()
    key = "/tmp/member.key"
    [removed] = [at for at, line in enumerate(lines) if line == f"rm -f {key}"]
    [written] = [at for at, line in enumerate(lines) if line.endswith(f"> {key}")]
    assert removed < written


def test_the_examples_of_settings_can_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = (DEPLOY / "settings.env.example").read_text().splitlines()
    shown = [line.removeprefix("# ") for line in lines if re.match(r"# SPINESTREAM_\w+=", line)]
    told = dict(line.split("=", 1) for line in shown)
    assert len(told) == 5
    assert strangers(told) == {}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    settings = load(Workdir.open(tmp_path / "W"))
    assert settings.engine == "openai"
    assert settings.budget.max_tokens == 5_000_000
    assert settings.telemetry.sampled == 0.1
