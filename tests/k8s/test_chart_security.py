"""What no pod of the chart may be: root, privileged, unbounded, without probes, with a secret in plain text."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.k8s.rendered import PROFILES, VARIANTS, Pod, merged, named, objects, of_kind, pods, render

TELLING = re.compile(r"PASSWORD|SECRET|TOKEN$|CREDENTIAL|(?<!_ACCESS)_KEY$|^KEY", re.IGNORECASE)
BY_FILE = re.compile(r"_FILE$")
OPERATORS_PODS = (
    {"app": "spinestream-mongodb-svc"},
    {
        "app.kubernetes.io/component": "opentelemetry-collector",
        "app.kubernetes.io/instance": "spine.spinestream-traces",
    },
)
"""Labels of pods that operators make."""


def all_pods(name: str) -> list[Pod]:
    found = list(pods(objects(name)))
    assert len(found) > 5
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_every_container_is_restricted(name) -> None:
    for pod in all_pods(name):
        above = pod.spec["securityContext"]
        assert above["runAsNonRoot"] is True, pod.of
        assert above["seccompProfile"] == {"type": "RuntimeDefault"}, pod.of
        assert not any(pod.spec.get(one) for one in ("hostNetwork", "hostPID", "hostIPC")), pod.of
        assert not any("hostPath" in volume for volume in pod.spec.get("volumes", ())), pod.of
        for container in pod.containers:
            _restricted(container, pod.of)
            if pod.ours:
                assert above["runAsUser"] > 0
                assert container["securityContext"]["readOnlyRootFilesystem"] is True, pod.of


def _restricted(container: dict[str, Any], of: str) -> None:
    inside = container["securityContext"]
    assert inside["allowPrivilegeEscalation"] is False, of
    assert inside.get("privileged", False) is False, of
    assert inside["capabilities"] == {"drop": ["ALL"]}, of
    assert inside["runAsNonRoot"] is True, of
    assert inside["seccompProfile"]["type"] == "RuntimeDefault", of
    assert inside.get("runAsUser", 1) > 0, of


@pytest.mark.parametrize("name", VARIANTS)
def test_operators_are_asked_for_restricted_containers_with_limits(name) -> None:
    for one in of_kind(objects(name), "KafkaNodePool"):
        assert {"requests", "limits"} <= set(one["spec"]["resources"])
        _restricted({**one["spec"]["template"]["kafkaContainer"]}, "KafkaNodePool")
    for one in of_kind(objects(name), "Kafka"):
        entity = one["spec"]["entityOperator"]
        for part in ("topicOperator", "userOperator"):
            assert set(entity[part]["resources"]) == {"requests", "limits"}
            _restricted(entity["template"][f"{part}Container"], part)
    for one in of_kind(objects(name), "RayCluster"):
        if one["spec"]["enableInTreeAutoscaling"]:
            _restricted(one["spec"]["autoscalerOptions"], "autoscaler")
            assert set(one["spec"]["autoscalerOptions"]["resources"]) == {"requests", "limits"}
    for one in of_kind(objects(name), "OpenTelemetryCollector"):
        _restricted(one["spec"], "collector")
        assert one["spec"]["podSecurityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize("name", VARIANTS)
def test_every_container_is_bounded(name) -> None:
    for pod in all_pods(name):
        for container in pod.containers:
            found = container["resources"]
            for bound in ("requests", "limits"):
                assert {"cpu", "memory"} <= set(found[bound]), f"{pod.of}/{container['name']}"
        for volume in pod.spec.get("volumes", ()):
            if "emptyDir" in volume:
                assert volume["emptyDir"].get("sizeLimit"), f"{pod.of}: {volume['name']}"


@pytest.mark.parametrize("name", VARIANTS)
def test_what_runs_on_is_probed_and_given_time_to_leave(name) -> None:
    for pod in all_pods(name):
        if not pod.ours:
            continue
        assert pod.spec["terminationGracePeriodSeconds"] >= 30, pod.of
        for container in pod.spec["containers"]:
            probes = [container.get(one) for one in ("startupProbe", "livenessProbe", "readinessProbe")]
            assert all(probes), f"{pod.of}/{container['name']}"


def test_roles_are_asked_about_progress() -> None:
    for pod in all_pods("production"):
        if not pod.of.startswith("Deployment/"):
            continue
        [container] = pod.spec["containers"]
        assert container["livenessProbe"]["httpGet"] == {"path": "/live", "port": "telemetry"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "telemetry"}
        assert {"name": "telemetry", "containerPort": 9464} in container["ports"]
        assert container["lifecycle"]["preStop"]
    [manager] = [pod for pod in all_pods("production") if pod.of == "Deployment/spinestream-pools"]
    startup = manager.spec["containers"][0]["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 1800, "engines load for long"
    assert startup["httpGet"]["path"] == "/ready", "it says that it lives before Ray is joined"


@pytest.mark.parametrize("name", VARIANTS)
def test_no_secret_is_written_down(name) -> None:
    found = objects(name)
    assert of_kind(found, "Secret") == []
    for pod in all_pods(name):
        for container in pod.containers:
            for variable in container.get("env", ()):
                if TELLING.search(variable["name"]) and not BY_FILE.search(variable["name"]):
                    assert "value" not in variable, f"{pod.of}: {variable['name']}"
    for one in of_kind(found, "ConfigMap"):
        for key, text in one["data"].items():
            if TELLING.search(key):
                assert BY_FILE.search(key), key
                assert text.startswith("/etc/spinestream/"), key
            assert not re.search(r"://[^/\s\"]*:[^/\s\"@]+@", text), f"a login in {key}"


@pytest.mark.parametrize("name", VARIANTS)
def test_ray_runs_nothing_for_who_has_no_token(name) -> None:
    for one in of_kind(objects(name), "RayCluster", "RayJob"):
        cluster = one["spec"].get("rayClusterSpec", one["spec"])
        assert cluster["authOptions"] == {"mode": "token", "secretName": "spinestream-ray"}
    having = {}
    for pod in all_pods(name):
        for container in pod.containers:
            told = {one["name"]: one for one in container.get("env", ())}
            if "RAY_AUTH_MODE" in told:
                assert told["RAY_AUTH_MODE"]["value"] == "token"
                having[pod.of] = told["RAY_AUTH_TOKEN"]["valueFrom"]["secretKeyRef"]
    # The manager, and training in a pod with a Ray of its own; the operator gives it to the pods of its clusters.
    roles = ("pools",) if name == "rayjob" else ("pools", "trainer")
    token = {"name": "spinestream-ray", "key": "auth_token"}
    assert having == {f"Deployment/spinestream-{role}": token for role in roles}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_user_for_backups_is_one_that_no_pod_has(name) -> None:
    for one in of_kind(objects(name), "MongoDBCommunity"):
        users = {user["name"]: user for user in one["spec"]["users"]}
        assert set(users) == ({"spinestream"} if name == "laptop" else {"spinestream", "backup"})
        login = {"name": "spinestream-mongodb", "key": "password"}
        assert users["spinestream"]["passwordSecretRef"] == login
        if (backup := users.get("backup")) is not None:
            assert backup["roles"] == [{"name": role, "db": "admin"} for role in ("backup", "restore")]
            assert backup["passwordSecretRef"] == {"name": "spinestream-mongodb-backup", "key": "password"}
            for key in ("scramCredentialsSecretName", "connectionStringSecretName"):
                assert backup[key] != users["spinestream"][key], "the operator would write one over the other"
    assert "mongodb-backup" not in json.dumps([dict(pod.spec) for pod in all_pods(name)])


@pytest.mark.parametrize("name", VARIANTS)
def test_keys_go_to_the_role_that_needs_them_and_to_no_other(name) -> None:
    having: dict[str, set[str]] = {}
    for pod in all_pods(name):
        for container in pod.containers:
            for variable in container.get("env", ()):
                if variable["name"] in ("SPINESTREAM_DEID_KEY", "SPINESTREAM_SPLIT_KEY", "SPINESTREAM_SESSION_KEY"):
                    having.setdefault(variable["name"], set()).add(pod.of.rpartition("-")[2])
    gateway = any(pod.of.endswith("-gateway") for pod in all_pods(name))
    assert having.pop("SPINESTREAM_DEID_KEY", set()) == ({"gateway"} if gateway else set())
    assert having == {
        "SPINESTREAM_SPLIT_KEY": {"store", "gateway"} if gateway else {"store"},
        "SPINESTREAM_SESSION_KEY": {"web"},
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_no_pod_has_a_token_of_the_cluster_but_where_pods_are_added(name) -> None:
    for one in of_kind(objects(name), "ServiceAccount"):
        assert one["automountServiceAccountToken"] is False
    scaling = {
        f"{one['kind']}/{one['metadata']['name']}/head" for one in of_kind(objects(name), "RayCluster", "RayJob")
    }
    for pod in all_pods(name):
        if pod.ours:
            accounts = {one["metadata"]["name"] for one in of_kind(objects(name), "ServiceAccount")}
            assert pod.spec["serviceAccountName"] in accounts, pod.of
            assert not pod.spec["automountServiceAccountToken"] or pod.of in scaling, pod.of
    if name == "laptop":
        assert not any(pod.spec.get("automountServiceAccountToken") for pod in all_pods(name))


@pytest.mark.parametrize("name", VARIANTS)
def test_the_network_is_closed_and_opened_by_name(name) -> None:
    policies = of_kind(objects(name), "NetworkPolicy")
    deny = named(objects(name), "NetworkPolicy", "spinestream-deny")["spec"]
    assert set(deny["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in deny
    assert "egress" not in deny
    for pod in all_pods(name):
        if pod.ours:
            assert deny["podSelector"]["matchLabels"].items() <= pod.labels.items(), pod.of
    for one in policies:
        for rule in one["spec"].get("ingress", ()):
            assert rule.get("from"), f"{one['metadata']['name']} lets everybody in"
            assert all(rule["from"]), f"{one['metadata']['name']} lets everybody in"
        for rule in one["spec"].get("egress", ()):
            assert rule.get("ports") or rule.get("to"), f"{one['metadata']['name']} lets everything out"


@pytest.mark.parametrize("name", VARIANTS)
def test_no_budget_is_over_pods_of_ray(name) -> None:
    """A RayCluster has no scale subresource: a budget with `maxUnavailable` would let none of its pods go."""
    ray = [pod.labels for pod in all_pods(name) if pod.of.startswith(("RayCluster/", "RayJob/"))]
    budgets = of_kind(objects(name), "PodDisruptionBudget")
    assert budgets
    for one in budgets:
        wanted = one["spec"]["selector"]["matchLabels"]
        assert not any(wanted.items() <= labels.items() for labels in ray), one["metadata"]["name"]


@pytest.mark.parametrize("name", VARIANTS)
def test_every_policy_and_budget_selects_pods_that_there_are(name) -> None:
    labels = [pod.labels for pod in all_pods(name)]
    for one in of_kind(objects(name), "NetworkPolicy", "PodDisruptionBudget", "PodMonitor"):
        spec = one["spec"]
        wanted = (spec.get("podSelector") or spec.get("selector"))["matchLabels"]
        if wanted in OPERATORS_PODS:
            continue
        assert any(wanted.items() <= one.items() for one in labels), one["metadata"]["name"]
    for one in of_kind(objects(name), "Service"):
        wanted = one["spec"]["selector"]
        assert any(wanted.items() <= one.items() for one in labels), one["metadata"]["name"]


@pytest.mark.parametrize("name", VARIANTS)
def test_volumes_and_references_lead_somewhere(name) -> None:
    found = objects(name)
    claims = {one["metadata"]["name"] for one in of_kind(found, "PersistentVolumeClaim")} | {"spinestream-models"}
    maps = {one["metadata"]["name"] for one in of_kind(found, "ConfigMap")}
    for pod in all_pods(name):
        volumes = {one["name"]: one for one in pod.spec.get("volumes", ())}
        for one in volumes.values():
            if "persistentVolumeClaim" in one:
                assert one["persistentVolumeClaim"]["claimName"] in claims, pod.of
        for container in pod.containers:
            mounted = {one["name"] for one in container.get("volumeMounts", ())}
            assert mounted <= set(volumes) | {"data"}, pod.of
            places = [one["mountPath"] for one in container.get("volumeMounts", ())]
            assert len(places) == len(set(places)), pod.of
            assert {one["configMapRef"]["name"] for one in container.get("envFrom", ())} <= maps
            names = [one["name"] for one in container.get("env", ())]
            assert len(names) == len(set(names)), pod.of


@pytest.mark.parametrize("name", ["production", "rayjob"])
def test_weights_are_mounted_where_something_computes(name) -> None:
    having = {
        pod.of
        for pod in all_pods(name)
        for one in pod.spec.get("volumes", ())
        if one.get("persistentVolumeClaim", {}).get("claimName") == "spinestream-models"
    }
    ray = {pod.of for pod in all_pods(name) if pod.of.startswith(("RayCluster/", "RayJob/"))}
    alone = {"Deployment/spinestream-scorer"} | ({"Deployment/spinestream-trainer"} if name == "production" else set())
    assert having == ray | alone


def test_only_the_gateway_holds_originals_and_only_on_its_volume() -> None:
    for pod in all_pods("production"):
        work = [one for one in pod.spec.get("volumes", ()) if one["name"] == "work"]
        kept = [one for one in work if "persistentVolumeClaim" in one]
        assert bool(kept) == pod.of.endswith("-gateway"), pod.of


def test_only_the_head_of_ray_may_reach_the_cluster_itself() -> None:
    found = objects("production")
    reaching = [
        one
        for one in of_kind(found, "NetworkPolicy")
        for rule in one["spec"].get("egress", ())
        if any(port["port"] == 6443 for port in rule.get("ports", ()))
    ]
    [policy] = reaching
    selected = policy["spec"]["podSelector"]["matchLabels"].items()

    assert {
        pod.labels["app.kubernetes.io/component"] for pod in all_pods("production") if selected <= pod.labels.items()
    } == {"ray-head"}


def test_a_cloud_role_is_for_who_opens_the_object_store() -> None:
    values = merged(PROFILES["laptop"], {"pods": {"accountAnnotations": {"a-cloud/role": "blobs"}}})
    marked = {
        one["metadata"]["name"]: "annotations" in one["metadata"] for one in of_kind(render(values), "ServiceAccount")
    }

    assert marked["spinestream-store"]
    assert not marked["spinestream-redis"]
    assert not marked["spinestream-ray-head"]
