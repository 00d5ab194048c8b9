"""What pods are told is what the program reads: every variable is one of ours, and settings parse."""

from __future__ import annotations

import inspect
import json
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from actors.pools import ray_pool
from actors.pools.settings import PoolSettings
from spinestream.embedded import addresses_from_environment
from spinestream.roles import ROLES
from spinestream.settings import load
from spinestream.telemetry.scrub import ALLOWED
from spinestream.variables import strangers
from spinestream.wiring import broker_settings
from spinestream.workdir import Workdir
from streams.loop import Loop
from streams.trends.worker import STOP_SECONDS
from tests.k8s.rendered import CHART, PROFILES, VARIANTS, Pod, merged, named, objects, of_kind, pods, render

NOT_SECRET = "not-the-real-one-and-long-enough-for-a-key"
_MEMBERS = ",".join(f"spinestream-mongodb-{n}.spinestream-mongodb-svc.spine.svc.cluster.local:27017" for n in range(3))
MADE_BY_THE_OPERATOR = (
    f"mongodb://spinestream:{NOT_SECRET}@{_MEMBERS}/spinestream?replicaSet=spinestream-mongodb&ssl=true"
)
"""The URL that MongoDB's operator writes into the Secret of a user (`connectionString.standard`)."""


def variables(pod: Pod, name: str) -> dict[str, str]:
    """The environment of a pod's role; a secret's value is made up."""
    [container] = pod.spec["containers"]
    found = dict(named(objects(name), "ConfigMap", "spinestream-settings")["data"])
    for one in container.get("env", ()):
        reference = one.get("valueFrom", {}).get("secretKeyRef")
        secret = MADE_BY_THE_OPERATOR if one["name"] == "SPINESTREAM_MONGODB" else NOT_SECRET
        found[one["name"]] = secret if reference else one["value"]
    return found


def role_pods(name: str) -> dict[str, Pod]:
    kinds = ("Deployment/", "RayCluster/", "RayJob/")
    return {pod.of: pod for pod in pods(objects(name)) if pod.of.startswith(kinds)}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variable_is_one_that_the_program_knows(name) -> None:
    for of, pod in role_pods(name).items():
        assert strangers(variables(pod, name)) == {}, of


@pytest.mark.parametrize("name", VARIANTS)
def test_settings_of_every_pod_are_settings(name, monkeypatch, tmp_path) -> None:
    [manager] = [pod for of, pod in role_pods(name).items() if of.endswith("-pools")]
    for key, value in variables(manager, name).items():
        if key.startswith("SPINESTREAM_"):
            monkeypatch.setenv(key, value)
    found = load(Workdir(tmp_path))
    assert found.ray == "spinestream-ray-head-svc:6379"
    assert (found.web.host, found.web.port) == ("0.0.0.0", 8080)
    assert found.telemetry.listen == "0.0.0.0:9464"
    assert found.gateway.open == any(of.endswith("-gateway") for of in role_pods(name))
    for pool, settings in VARIANTS[name].get("settings", {}).get("pools", {}).items():
        assert found.pools[pool] == PoolSettings.model_validate(settings)


def on_this_disk(pod: Pod, name: str, folder: Path) -> dict[str, str]:
    """The environment of a pod with the files that its Secrets would put under /etc/spinestream, in a folder here."""
    volumes = {one["name"]: one for one in pod.spec["volumes"]}
    [container] = pod.spec["containers"]
    for mount in container["volumeMounts"]:
        for item in volumes[mount["name"]].get("secret", {}).get("items", ()):
            file = folder / str(mount["mountPath"]).lstrip("/") / item["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(NOT_SECRET + "\n")
    return {
        key: str(folder / value.lstrip("/")) if value.startswith("/etc/spinestream/") else value
        for key, value in variables(pod, name).items()
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_servers_are_reached_with_logins_from_files_that_are_mounted(name, monkeypatch, tmp_path) -> None:
    for of, pod in role_pods(name).items():
        told = on_this_disk(pod, name, tmp_path / of.replace("/", "-"))
        files = {key: value for key, value in told.items() if key.endswith("_FILE")}
        assert all(Path(file).exists() for file in files.values()), of
        assert "SPINESTREAM_KAFKA_PASSWORD_FILE" in files
        with monkeypatch.context() as patch:
            for key, value in told.items():
                if key.startswith("SPINESTREAM_"):
                    patch.setenv(key, value)
            addresses = addresses_from_environment()
            assert addresses.kafka.partition(":")[2] == "9093"
            assert all((addresses.mongodb, addresses.redis))
            broker = broker_settings(addresses)
            assert (broker.protocol, broker.mechanism) == ("SASL_SSL", "SCRAM-SHA-512")
            assert broker.client()["sasl_plain_password"] == NOT_SECRET


@pytest.mark.parametrize("name", VARIANTS)
def test_each_role_runs_once_under_its_own_name(name) -> None:
    found = {}
    for of, pod in role_pods(name).items():
        [container] = pod.spec["containers"]
        told = " ".join(container.get("args", ()))
        for role in ROLES:
            if f"role {role} --workdir /work" in told:
                found[role] = of
    wanted = {role for role in ROLES if role != "gateway" or "spinestream-gateway" in str(sorted(role_pods(name)))}
    if name == "rayjob":
        [job] = of_kind(objects(name), "RayJob")
        assert job["spec"]["entrypoint"] == (
            "env SPINESTREAM_RAY=auto SPINESTREAM_TRAINING__DEVICE=cuda spinestream role trainer --workdir /work"
        )
        wanted -= {"trainer"}
    assert set(found) == wanted
    assert all(of == f"Deployment/spinestream-{role}" for role, of in found.items())


def test_training_on_gpus_that_come_for_a_run_is_told_so(monkeypatch, tmp_path) -> None:
    """No node of the job has a GPU when a run begins, so `auto` would mean the CPU."""
    values = merged(VARIANTS["rayjob"], {"settings": {"training": {"device": "cpu"}}})
    [job] = of_kind(render(values), "RayJob")
    assert "DEVICE" not in job["spec"]["entrypoint"]
    monkeypatch.setenv("SPINESTREAM_TRAINING", '{"model": "/models/served", "share_compute": true}')
    monkeypatch.setenv("SPINESTREAM_TRAINING__DEVICE", "cuda")
    found = load(Workdir.open(tmp_path / "W")).training
    assert (found.model, found.share_compute, found.device) == ("/models/served", True, "cuda")


def test_engines_elsewhere_are_reached_by_the_pools_alone() -> None:
    elsewhere = {"podSelector": {"matchLabels": {"app": "vllm"}}}
    values = {
        "settings": {"engine": "openai", "bench": {"answerer": "vllm"}},
        "networkPolicies": {"engines": {"ports": [8000], "peers": [elsewhere]}},
    }
    found = named(render(merged(PROFILES["laptop"], values)), "NetworkPolicy", "spinestream-engines")["spec"]
    assert found["podSelector"]["matchLabels"]["spinestream.org/ray"] == "pools"
    assert found["egress"] == [{"ports": [{"port": 8000, "protocol": "TCP"}], "to": [elsewhere]}]
    names = {one["metadata"]["name"] for one in of_kind(objects("laptop"), "NetworkPolicy")}
    assert "spinestream-engines" not in names


def test_what_there_has_to_be_is_made_before_the_store_starts() -> None:
    spec = named(objects("production"), "Deployment", "spinestream-store")["spec"]["template"]["spec"]
    assert [one["args"] for one in spec["initContainers"]] == [["config", "apply", "--workdir", "/work"]]
    assert spec["initContainers"][0]["env"] == spec["containers"][0]["env"]


def test_pools_find_nodes_that_declare_what_they_claim() -> None:
    for name in PROFILES:
        [cluster] = of_kind(objects(name), "RayCluster")
        groups = {one["groupName"]: one for one in cluster["spec"]["workerGroupSpecs"]}
        for pool in PROFILES[name]["settings"]["pools"].values():
            settings = PoolSettings.model_validate(pool)
            [group] = [one for key, one in groups.items() if f"group-{key}" in settings.resources]
            start = group["rayStartParams"]
            declared = json.loads(json.loads(start["resources"]))
            assert float(start["num-cpus"]) >= settings.cpus
            assert float(start["num-gpus"]) >= settings.gpus
            per_node = min(declared[key] // amount for key, amount in settings.resources.items())
            per_node = min(per_node, float(start["num-cpus"]) // settings.cpus)
            assert group["maxReplicas"] * per_node >= settings.max_actors, f"{name}: actors would wait for ever"
            gpus = group["template"]["spec"]["containers"][0]["resources"]["limits"].get("nvidia.com/gpu", "0")
            assert float(gpus) == float(start["num-gpus"])


def test_ray_is_of_the_version_that_the_image_has() -> None:
    lock = (CHART.parents[1] / "requirements" / "cpu.lock").read_text().splitlines()
    [cluster] = of_kind(objects("production"), "RayCluster")
    assert f"ray=={cluster['spec']['rayVersion']}" in lock


@pytest.mark.parametrize("lock", ["cpu", "gpu"])
def test_the_image_has_what_takes_jobs_in(lock) -> None:
    """Training as a RayJob is handed in to Ray's dashboard."""
    text = (CHART.parents[1] / "requirements" / f"{lock}.lock").read_text()
    pinned = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
    asked = [Requirement(one) for one in metadata.requires("ray") or ()]
    wanted = {
        canonicalize_name(one.name) for one in asked if one.marker is None or one.marker.evaluate({"extra": "default"})
    }
    assert len(wanted) > 10
    assert wanted <= pinned, wanted - pinned


@pytest.mark.parametrize("name", PROFILES)
def test_a_role_has_more_time_to_leave_than_it_takes(name) -> None:
    leaves = {"pools": ray_pool.STOP_SECONDS + ray_pool.LEAVE_SECONDS, "trends": STOP_SECONDS}
    usual = inspect.signature(Loop.run).parameters["drain_seconds"].default
    for of, pod in role_pods(name).items():
        if of.startswith("Deployment/"):
            [container] = pod.spec["containers"]
            before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            needs = leaves.get(container["name"], usual)
            # As much again for what a role does about its drain: leaving its groups, closing connections.
            assert pod.spec["terminationGracePeriodSeconds"] >= before + 2 * needs, of


def test_what_engines_say_is_in_the_log_of_their_pod() -> None:
    for name in VARIANTS:
        ray = [pod for pod in pods(objects(name)) if pod.of.startswith(("RayCluster/", "RayJob/"))]
        assert ray
        for pod in ray:
            [container] = [one for one in pod.containers if one["name"].startswith("ray-")]
            told = {one["name"]: one.get("value") for one in container["env"]}
            assert told["RAY_LOG_TO_STDERR"] == "1", pod.of


def test_the_ray_head_computes_nothing() -> None:
    for name in ("production", "rayjob"):
        for one in of_kind(objects(name), "RayCluster", "RayJob"):
            cluster = one["spec"].get("rayClusterSpec", one["spec"])
            assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    [manager] = [pod for of, pod in role_pods("production").items() if of.endswith("-pools")]
    assert "--num-cpus=0" in manager.spec["containers"][0]["args"][0]


def test_the_collector_lets_through_what_processes_let_through_and_who_sent_it() -> None:
    listed = (CHART / "files" / "span-attributes.txt").read_text().split()
    assert listed == sorted(set(listed))
    assert set(listed) >= ALLOWED
    more = set(listed) - ALLOWED
    assert all(one.startswith(("service.", "telemetry.sdk.", "process.")) for one in more)
    [collector] = of_kind(objects("production"), "OpenTelemetryCollector")
    config = collector["spec"]["config"]
    redaction = config["processors"]["redaction"]
    assert redaction["allow_all_keys"] is False
    assert redaction["allowed_keys"] == listed
    [pipeline] = config["service"]["pipelines"].values()
    assert pipeline["processors"].index("redaction") < pipeline["processors"].index("batch")
    assert pipeline["exporters"] == ["otlp"]


def test_patterns_that_the_collector_blots_out_find_identifiers_and_leave_ids() -> None:
    import re

    lines = (CHART / "files" / "span-blocked.txt").read_text().splitlines()
    patterns = [re.compile(one.replace(r"\pL", r"[^\W\d_]").replace(r"[[^\W\d_]\pN^]", r"[\w^]")) for one in lines]
    for text in ("a.roe@example.org", "1.2.840.113619.2.55", "1961-04-12", "12.04.1961", "ROE^JANE"):
        assert any(one.search(text) for one in patterns), text
    for text in ("5ec0cf2e-c0d4-519e-8c6f-ec9f01c6969b", "spine-draft@3fa9c1d2e4b7", "SmolLM2-135M", "0.1.0"):
        assert not any(one.search(text) for one in patterns), text


def test_the_desk_speaks_of_tls_where_the_ingress_ends_it() -> None:
    def secure(values: dict[str, object]) -> str:
        return str(named(render(values), "ConfigMap", "spinestream-settings")["data"]["SPINESTREAM_WEB__SECURE"])

    assert secure(PROFILES["production"]) == "true"
    assert secure(merged(PROFILES["production"], {"web": {"ingress": {"enabled": False}}})) == "false"
