"""The chart renders for every profile, lints clean, and every object is one that a cluster with its operators takes."""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path
from typing import Any

import helm_python
import jsonschema
import pytest
import referencing
import yaml
from kubernetes_validate.utils import all_versions, schema_contents

from tests.k8s.rendered import CHART, NAMESPACE, PROFILES, ROOT, VARIANTS, merged, objects, of_kind, render

CHECK = ROOT.parent / "shared" / "crds" / "check.py"
OLDEST, NEWEST = "1.30", "1.37"


@functools.cache
def registry(version: str) -> tuple[str, referencing.Registry[Any]]:
    [full] = {one for one in all_versions() if one.startswith(f"{version}.")}
    folder = f"kubernetes-json-schema/v{full}-local-strict"
    definitions = schema_contents(f"{folder}/_definitions.json", version)
    resource = referencing.jsonschema.DRAFT202012.create_resource(definitions)
    # Crawled once: each look-up would crawl it anew.
    return folder, referencing.Registry().with_resource("_definitions.json", resource).crawl()


@functools.cache
def validator(version: str, kind: str, api: str) -> jsonschema.Draft202012Validator:
    folder, known = registry(version)
    group, _, of = api.rpartition("/")
    name = f"{kind.lower()}-{group.split('.')[0]}-{of}" if group else f"{kind.lower()}-{of}"
    return jsonschema.Draft202012Validator(schema_contents(f"{folder}/{name}.json", version), registry=known)


def is_core(one: dict[str, Any]) -> bool:
    group = one["apiVersion"].rpartition("/")[0]
    return not group or "." not in group or group.endswith(".k8s.io")


def label(one: dict[str, Any]) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


@functools.cache
def check() -> Any:
    if not CHECK.exists():
        print(f"skipped: {CHECK} is not there, so objects of operators are not checked")
        pytest.skip(f"the CRD schemas are not beside this repository ({CHECK})")
    spec = importlib.util.spec_from_file_location("crd_check", CHECK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", VARIANTS)
def test_it_lints_clean(name) -> None:
    found = helm_python.lint(CHART, VARIANTS[name], strict=True, namespace=NAMESPACE, kube_version=f"v{OLDEST}.0")
    assert found["total_charts_linted"] == 1
    told = [one for one in found["messages"] if one["severity"] > 1]
    assert (found["errors"], told) == ([], [])


def test_the_profiles_are_those_that_the_docs_name() -> None:
    assert set(PROFILES) == {"laptop", "single-gpu", "production"}


@pytest.mark.parametrize("name", VARIANTS)
def test_objects_have_a_name_of_their_own_and_the_releases_labels(name) -> None:
    found = objects(name)
    assert len(found) > 30
    names = [(one["apiVersion"].split("/")[0], label(one)) for one in found]
    assert len(names) == len(set(names))
    for one in found:
        assert len(one["metadata"]["name"]) <= 63
        assert "namespace" not in one["metadata"], "objects go where the release goes"


@functools.cache
def faults_of(version: str, text: str) -> tuple[str, ...]:
    """What a cluster says against an object; variants have most objects in common."""
    one = json.loads(text)
    found = validator(version, one["kind"], one["apiVersion"]).iter_errors(one)
    return tuple(f"{label(one)} {error.json_path}: {error.message[-200:]}" for error in found)


@pytest.mark.parametrize(("name", "version"), [*((name, NEWEST) for name in VARIANTS), ("production", OLDEST)])
def test_a_cluster_takes_every_object(name, version) -> None:
    core = [one for one in objects(name) if is_core(one)]
    assert {one["kind"] for one in core} >= {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"}
    assert [fault for one in core for fault in faults_of(version, json.dumps(one, sort_keys=True))] == []


@functools.cache
def faults_of_theirs(text: str) -> tuple[str, ...]:
    one = json.loads(text)
    errors = check().errors(one)
    assert errors is not None, f"no schema for {label(one)}"
    return tuple(f"{label(one)} {error}" for error in errors)


@pytest.mark.parametrize("name", VARIANTS)
def test_operators_take_every_object_of_theirs(name) -> None:
    theirs = [one for one in objects(name) if not is_core(one)]
    assert theirs
    assert [fault for one in theirs for fault in faults_of_theirs(json.dumps(one, sort_keys=True))] == []


def test_the_validators_see_what_is_wrong() -> None:
    [one] = [one for one in objects("laptop") if label(one) == "Deployment/spinestream-store"]
    broken = merged(one, {"spec": {"template": {"spec": {"terminationGracePeriodSecond": 1}}}})
    assert list(validator(NEWEST, "Deployment", "apps/v1").iter_errors(broken))
    assert not list(validator(NEWEST, "Deployment", "apps/v1").iter_errors(one))


def test_every_operators_kind_is_rendered_by_some_profile() -> None:
    kinds = {one["kind"] for name in PROFILES for one in objects(name) if not is_core(one)}
    wanted = {"Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser", "MongoDBCommunity", "RayCluster", "ScaledObject"}
    wanted |= {"TriggerAuthentication", "PodMonitor", "OpenTelemetryCollector"}
    assert wanted <= kinds
    assert [one["kind"] for one in of_kind(objects("rayjob"), "RayJob")] == ["RayJob"]


def test_alerts_and_dashboards_come_from_their_files() -> None:
    found = objects("production")
    files = CHART / "files"
    rules, boards = files / "rules.yaml", sorted((files / "dashboards").glob("*.json"))
    if rules.exists():
        [made] = of_kind(found, "PrometheusRule")
        assert made["spec"]["groups"] == yaml.safe_load(rules.read_text())["groups"]
    drawn = [one for one in of_kind(found, "ConfigMap") if "grafana_dashboard" in one["metadata"].get("labels", {})]
    texts = {name: text for one in drawn for name, text in one["data"].items()}
    assert {name: json.loads(text) for name, text in texts.items()} == {
        board.name: json.loads(board.read_text()) for board in boards
    }


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "kafka.bootstrap is empty"),
        ({"strimzi": {"enabled": True}}, "mongodb.url is empty"),
        ({"kafka": {"bootstrap": "k:9092"}, "mongodb": {"url": "mongodb://m"}}, "redis.url is empty"),
        (merged(PROFILES["laptop"], {"kafka": {"replicas": 3}}), "more than strimzi.brokers.replicas"),
        (merged(PROFILES["laptop"], {"strimzi": {"cluster": "k" * 41}}), "strimzi.cluster is longer"),
        (merged(PROFILES["laptop"], {"roles": {"trainer": {"kind": "RayJob"}}}), "has to be ReadWriteMany"),
        (
            merged(PROFILES["laptop"], {"ray": {"groups": {"cpu": {"enabled": False}}}}),
            "no enabled group of ray.groups",
        ),
        (merged(PROFILES["laptop"], {"redis": {"passwordSecret": {"name": ""}}}), "without a password is not made"),
        (merged(PROFILES["production"], {"mongodb": {"operator": {"caSecret": ""}}}), "TLS needs the authority"),
        (
            merged(PROFILES["production"], {"gateway": {"serviceType": "LoadBalancer"}}),
            "a gateway that the world reaches",
        ),
        (merged(PROFILES["production"], {"keda": {"roles": {"trends": {"min": 1, "max": 2, "lag": 9}}}}), "trends"),
        (
            merged(PROFILES["laptop"], {"telemetry": {"sampled": 0.1, "otlp": ""}, "collector": {"enabled": False}}),
            "traces go nowhere",
        ),
        (merged(PROFILES["laptop"], {"settings": {"engine_key": "in plain text"}}), "engine_key"),
        (merged(PROFILES["laptop"], {"settings": {"engine": "openai"}}), "whose weights are elsewhere"),
        ({"kafak": {"bootstrap": "k:9092"}}, "kafak"),
        ({"kafka": {"bootstrap": "k:9092", "protocol": "TLS"}}, "protocol"),
    ],
)
def test_values_that_cannot_be_are_refused_with_what_to_do(values, told) -> None:
    with pytest.raises(helm_python.HelmError, match=told):
        render(values)


def test_a_pod_names_an_image_by_tag_or_by_digest() -> None:
    laptop = PROFILES["laptop"]
    digest = "sha256:" + "a" * 64

    def image(values: dict[str, Any]) -> str:
        [one] = [one for one in render(values) if label(one) == "Deployment/spinestream-intake"]
        return str(one["spec"]["template"]["spec"]["containers"][0]["image"])

    assert image(laptop) == "spinestream:0.1.0"
    assert image(merged(laptop, {"image": {"repository": "r.example.org/s", "tag": "x"}})) == "r.example.org/s:x"
    assert image(merged(laptop, {"image": {"digest": digest}})) == f"spinestream@{digest}"


@pytest.mark.parametrize("release", ["prod", "a-name-of-a-release-that-is-as-long-as-helm-lets-it-be"])
def test_another_release_beside_it_shares_no_name(release) -> None:
    found = render(PROFILES["production"], release)
    ours = {label(one) for one in objects("production")}
    topics = {label(one) for one in of_kind(found, "KafkaTopic")}
    assert {label(one) for one in found} & ours == topics, "topics are told apart by kafka.prefix"
    for one in found:
        # Operators add their own endings, such as -head-svc.
        assert len(one["metadata"]["name"]) <= (63 if is_core(one) else 53), label(one)


def test_the_charts_version_is_that_of_the_package() -> None:
    import tomllib

    told = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((Path(ROOT) / "pyproject.toml").read_text())["project"]
    assert told["appVersion"] == project["version"]


def test_alerts_and_dashboards_link_to_the_runbook_that_is_named() -> None:
    named = "https://wiki.example.org/spine"
    found = render(merged(PROFILES["production"], {"monitoring": {"runbook": named}}))
    [rules] = of_kind(found, "PrometheusRule")
    links = {rule["annotations"]["runbook_url"] for group in rules["spec"]["groups"] for rule in group["rules"]}
    boards = [
        json.loads(text)
        for one in of_kind(found, "ConfigMap")
        for name, text in one.get("data", {}).items()
        if name.endswith(".json") and "dashboard" in one["metadata"]["name"]
    ]
    [said] = {one["query"] for board in boards for one in board["templating"]["list"] if one["name"] == "runbook"}

    assert links
    assert all(link.startswith(f"{named}#") for link in links)
    assert said == named
