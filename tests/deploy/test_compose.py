"""compose.yaml: what the specification takes, every image pinned, nothing open by default, no password of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from spinestream import __version__
from spinestream.roles import ROLES
from tests.deploy.composed import Unset, composed, env_file, raw, variables
from tests.deploy.places import COMPOSE, EXAMPLE, ROOT

Compose = dict[str, Any]

TOP = {"name", "services", "networks", "volumes"}
SERVICE = {
    *("image", "build", "command", "entrypoint", "environment", "env_file", "volumes", "networks", "ports", "profiles"),
    *(
        "depends_on",
        "healthcheck",
        "restart",
        "stop_grace_period",
        "mem_limit",
        "shm_size",
        "deploy",
        "init",
        "read_only",
    ),
    *("tmpfs", "cap_drop", "security_opt", "logging"),
}
"""Those of the specification's that are used here: another is a slip, or is to be thought about."""
HEALTH = {"test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"}
CONDITIONS = {"service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"(\d+(ms|s|m|h))+")
SIZE = re.compile(r"\d+(b|k|m|g)", re.IGNORECASE)
PINNED = re.compile(r"\d+\.\d+\.\d+")
ONE_SHOT = {"prepare", "models", "cli", "cli-gpu"}


def services(compose: Compose) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from compose["services"].items()


def ours(compose: Compose) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in services(compose) if one["image"].startswith("spinestream:")}


def test_only_what_the_specification_has(compose: Compose) -> None:
    assert {key for key in compose if not key.startswith("x-")} == TOP
    for name, one in services(compose):
        assert re.fullmatch(r"[a-z][a-z-]*", name)
        assert set(one) <= SERVICE, name
        assert set(one.get("healthcheck", {})) <= HEALTH, name
        assert DURATION.fullmatch(one.get("stop_grace_period", "10s")), name
        for key in ("interval", "timeout", "start_period", "start_interval"):
            assert DURATION.fullmatch(one.get("healthcheck", {}).get(key, "1s")), (name, key)
        for key in ("mem_limit", "shm_size"):
            assert SIZE.fullmatch(str(one.get(key, "1g"))), (name, key)
        for key, value in one.get("environment", {}).items():
            assert isinstance(value, str), f"{name}: {key} is {value!r}; quote it"


def test_every_image_is_pinned(compose: Compose) -> None:
    for name, one in services(compose):
        image, _, digest = one["image"].partition("@")
        tag = image.rpartition(":")[2]
        assert PINNED.search(tag) or digest.startswith("sha256:"), f"{name}: {one['image']}"
        assert "latest" not in tag


def test_our_images_are_of_this_version(compose: Compose) -> None:
    assert {one["image"] for one in ours(compose).values()} == {
        f"spinestream:{__version__}",
        f"spinestream:{__version__}-gpu",
    }
    for one in ours(compose).values():
        assert one["build"]["target"] == ("gpu" if one["image"].endswith("-gpu") else "cpu")


def test_ports_are_on_loopback(compose: Compose) -> None:
    published = {name: one["ports"] for name, one in services(compose) if one.get("ports")}
    assert set(published) == {"web", "gateway", "prometheus", "grafana"}
    for name, ports in published.items():
        for port in ports:
            address, host, inside = port.rsplit(":", 2)
            assert address == "127.0.0.1", f"{name}: {port}"
            assert host.isdigit()
            assert inside.isdigit()


def test_they_can_be_published_elsewhere(dotenv: Any) -> None:
    found = composed({**env_file(dotenv), "SPINESTREAM_BIND": "10.0.0.7", "DICOM_BIND": "10.1.0.7"})["services"]
    assert found["web"]["ports"] == ["10.0.0.7:8080:8080"]
    assert found["gateway"]["ports"] == ["10.1.0.7:11112:11112"]


def test_nothing_gets_out_of_the_inner_network(compose: Compose) -> None:
    assert compose["networks"]["inside"]["internal"] == "true"
    for name, one in services(compose):
        networks = set(one["networks"])
        assert "inside" in networks, name
        assert ("edge" in networks) == bool(one.get("ports")), f"{name}: only what publishes a port is in edge"
        assert "network_mode" not in one


def test_no_password_has_a_default() -> None:
    secret = re.compile(r"PASSWORD|_KEY$")
    found = {name: used for name, used in variables(COMPOSE.read_text()).items() if secret.search(name)}
    assert len(found) == 10
    assert all(used == {":?"} for used in found.values()), found


def test_it_does_not_start_without_them() -> None:
    required = {name for name, used in variables(COMPOSE.read_text()).items() if ":?" in used}
    given = dict.fromkeys(required, "x")
    composed(given)
    for name in required:
        with pytest.raises(Unset) as refused:
            composed({**given, name: ""})
        assert refused.value.name == name


def test_the_example_names_them_all_and_sets_none() -> None:
    example = env_file(EXAMPLE)
    used = variables(COMPOSE.read_text())
    required = {name for name, operators in used.items() if ":?" in operators}
    assert {name for name, value in example.items() if not value} == required
    assert set(example) - {"COMPOSE_PROFILES"} <= set(used)


def test_no_password_is_written_in_a_value() -> None:
    for name, one in services(raw()):
        for key, value in one.get("environment", {}).items():
            if re.search(r"PASSWORD|_KEY$|TOKEN", key):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), f"{name}: {key}"
            for url in re.findall(r"://([^@/\s]*)@", value):
                assert re.fullmatch(r"[a-z]*:\$\{[A-Z_]+:\?[^}]+\}", url), f"{name}: {key}"


def test_every_role_is_there_in_both_profiles(compose: Compose) -> None:
    def roles(profile: str) -> list[str]:
        active = (one for one in ours(compose).values() if not one.get("profiles") or profile in one["profiles"])
        return sorted(one["command"][1] for one in active if one["command"][0] == "role")

    with_gateway = sorted(ROLES)
    for profile in ("cpu", "gpu"):
        assert sorted([*roles(profile), "gateway"]) == with_gateway
    assert roles("gateway") == sorted({"gateway", *roles("none")})


def test_what_is_mounted_exists(compose: Compose) -> None:
    named = set()
    for name, one in services(compose):
        for volume in one.get("volumes", ()):
            source, target, *mode = volume.split(":")
            assert target.startswith("/"), volume
            if source.startswith("./"):
                assert (ROOT / source).exists(), f"{name}: {source}"
                assert mode == ["ro"], f"{name}: {volume}"
            else:
                named.add(source)
    assert named == set(compose["volumes"])
    for one in ours(compose).values():
        for file in one["env_file"]:
            assert not file.get("required", True) or (ROOT / file["path"]).exists()


def test_originals_are_with_the_gateway_and_with_commands_alone(compose: Compose) -> None:
    holders = {name for name, one in services(compose) if any("spool:" in volume for volume in one.get("volumes", ()))}
    assert holders == {"gateway", "cli", "cli-gpu"}
    keyed = {name for name, one in services(compose) if "SPINESTREAM_DEID_KEY" in one.get("environment", {})}
    assert keyed == holders


def test_everything_that_stays_up_is_watched_bounded_and_started_again(compose: Compose) -> None:
    for name, one in services(compose):
        assert one["mem_limit"], name
        assert one["logging"]["options"]["max-size"] or name in ONE_SHOT, name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        if name in ONE_SHOT:
            assert "restart" not in one, name
            assert one["healthcheck"] == {"disable": True}, name
        else:
            assert one["restart"] == "unless-stopped", name
            assert one["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name


def test_our_containers_can_write_to_volumes_and_tmp_alone(compose: Compose) -> None:
    for name, one in ours(compose).items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert [place.split(":")[0] for place in one["tmpfs"]] == ["/tmp"], name
        assert "user" not in one, f"{name}: the image's own user"


def test_who_is_waited_for_can_be(compose: Compose) -> None:
    for name, one in services(compose):
        for needed, how in one.get("depends_on", {}).items():
            assert how["condition"] in CONDITIONS, name
            target = compose["services"][needed]
            if how["condition"] == "service_healthy":
                assert "test" in target["healthcheck"], f"{name} waits for {needed}"
            else:
                assert "restart" not in target, f"{name} waits for the end of {needed}"
            profiles = set(target.get("profiles", ()))
            assert not profiles or profiles >= set(one.get("profiles", ())) != set(), (
                f"{name}: {needed} may not be there"
            )


def test_a_role_that_drains_gets_the_time_for_it(compose: Compose) -> None:
    seconds = {
        name: int(one["stop_grace_period"].rstrip("s")) for name, one in ours(compose).items() if name not in ONE_SHOT
    }
    assert min(seconds.values()) >= 70
    assert seconds["pools"] == seconds["pools-gpu"] == 100


def test_ray_asks_for_a_token(compose: Compose) -> None:
    computing = [one for one in ours(compose).values() if one.get("shm_size")]
    assert {one["command"][1] for one in computing} == {"pools", "scorer", "trainer"}
    for one in computing:
        assert one["environment"]["RAY_AUTH_MODE"] == "token"
        assert len(one["environment"]["RAY_AUTH_TOKEN"]) == 48


def test_gpus_are_asked_for_in_their_profile_alone(compose: Compose) -> None:
    asking = {name for name, one in services(compose) if "deploy" in one}
    assert asking == {name for name, one in services(compose) if one.get("profiles") == ["gpu"]}
    for name in asking:
        [device] = compose["services"][name]["deploy"]["resources"]["reservations"]["devices"]
        assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}


def test_the_client_listener_of_the_broker_asks_for_a_login(compose: Compose) -> None:
    broker = compose["services"]["kafka"]["environment"]
    listeners = dict(one.split("://") for one in broker["KAFKA_LISTENERS"].split(","))
    protocols = dict(one.split(":") for one in broker["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    assert set(listeners) == set(protocols)
    open_ones = {name for name, place in listeners.items() if not place.startswith("localhost:")}
    assert {protocols[name] for name in open_ones} == {"SASL_PLAINTEXT"}
