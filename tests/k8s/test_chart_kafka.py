"""Topics, users and triggers of the chart: equal to the registry, and no right more than a role needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from streams.access import ACCESS
from streams.kafka_manifests import PREFIX, chart_table, kafka_topics
from tests.k8s.rendered import CHART, PROFILES, merged, named, objects, of_kind, render

TABLE = CHART / "files" / "kafka.json"
REGENERATE = "the topics changed: run `spinestream events chart --out k8s/spinestream/files/kafka.json`"


def bare(one: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what belongs to the release and not to the topic."""
    metadata = {name: value for name, value in one["metadata"].items() if name != "annotations"}
    return {**one, "metadata": metadata}


def test_the_charts_table_is_the_registrys() -> None:
    assert orjson.loads(TABLE.read_bytes()) == chart_table(), REGENERATE


@pytest.mark.parametrize("name", PROFILES)
def test_topics_are_equal_to_the_manifests_of_the_registry(name) -> None:
    kafka = merged({"replicas": 3, "minInsyncReplicas": 2}, PROFILES[name].get("kafka", {}))
    made = [bare(one) for one in of_kind(objects(name), "KafkaTopic")]
    assert made == kafka_topics(
        "spinestream-kafka", replicas=kafka["replicas"], min_insync_replicas=kafka["minInsyncReplicas"]
    )


def test_another_prefix_is_another_name_on_the_broker() -> None:
    values = merged(PROFILES["laptop"], {"kafka": {"prefix": "Team_A."}})
    made = [bare(one) for one in of_kind(render(values), "KafkaTopic")]
    assert made == kafka_topics("spinestream-kafka", prefix="Team_A.", replicas=1, min_insync_replicas=1)


def test_nothing_that_was_written_goes_with_the_release() -> None:
    for one in of_kind(objects("production"), "Kafka", "KafkaNodePool", "KafkaTopic", "MongoDBCommunity"):
        assert one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep", one["metadata"]["name"]


RELEASES = ("s", "spinestream", "spinestream-production", "spinestream-for-the-second-hospital-in-the-north-east")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", PROFILES)
def test_pods_of_kafka_have_names_that_hosts_may_have(name, release) -> None:
    found = render(PROFILES[name], release)
    [cluster] = of_kind(found, "Kafka")
    pools = of_kind(found, "KafkaNodePool")
    assert pools
    for one in pools:
        host = f"{cluster['metadata']['name']}-{one['metadata']['name']}-99"
        assert len(host) <= 63, f"{host}: Strimzi's name of a pod, which is a label and a host too"


def test_node_pools_of_clusters_in_one_namespace_are_told_apart() -> None:
    names = [
        one["metadata"]["name"]
        for release in (*RELEASES, "spinestream-preview")
        for one in of_kind(render(PROFILES["production"], release), "KafkaNodePool")
    ]
    assert len(set(names)) == len(names) == 2 * (len(RELEASES) + 1)


def rights(one: Mapping[str, Any]) -> set[tuple[str, str, str, str]]:
    """Each right of a user: kind of resource, name, pattern, operation."""
    return {
        (acl["resource"]["type"], acl["resource"]["name"], acl["resource"]["patternType"], operation)
        for acl in one["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }


def test_each_role_has_a_user_with_the_rights_its_work_asks_for() -> None:
    found = objects("production")
    seeing = {("topic", PREFIX, "prefix", "Describe"), ("group", PREFIX, "prefix", "Describe")}
    for role, access in ACCESS.items():
        user = named(found, "KafkaUser", f"spinestream-{role}")
        assert user["spec"]["authentication"] == {"type": "scram-sha-512"}
        expected = {("group", PREFIX + group, "literal", "Read") for group in access.reads}
        expected |= {("topic", PREFIX + one, "literal", "Read") for names in access.reads.values() for one in names}
        expected |= {("topic", PREFIX + one, "literal", "Write") for one in access.sends}
        assert rights(user) == expected | seeing, role
    assert rights(named(found, "KafkaUser", "spinestream-keda")) == seeing


def test_no_user_may_do_more_than_read_and_write() -> None:
    for one in of_kind(objects("production"), "KafkaUser"):
        assert {right[3] for right in rights(one)} <= {"Describe", "Read", "Write"}
        assert not any(name == "*" for _, name, _, _ in rights(one))


def test_a_role_that_is_off_has_no_user() -> None:
    users = {one["metadata"]["name"] for one in of_kind(objects("laptop"), "KafkaUser")}
    assert "spinestream-gateway" not in users
    assert "spinestream-store" in users


def test_pods_log_in_as_their_role() -> None:
    for one in of_kind(objects("production"), "Deployment"):
        role = one["metadata"]["labels"]["app.kubernetes.io/component"]
        spec = one["spec"]["template"]["spec"]
        [user] = [v for v in spec["containers"][0]["env"] if v["name"] == "SPINESTREAM_KAFKA_USERNAME"]
        [login] = [volume for volume in spec["volumes"] if volume["name"] == "kafka"]
        assert user["value"] == login["secret"]["secretName"] == f"spinestream-{role}"


@pytest.mark.parametrize("name", ["production", "external"])
def test_only_cpu_roles_are_scaled_by_lag_and_by_every_group_they_read(name) -> None:
    scaled = of_kind(objects(name), "ScaledObject")
    assert {one["metadata"]["name"] for one in scaled} == {"spinestream-intake", "spinestream-store"}
    for one in scaled:
        role = one["metadata"]["labels"]["app.kubernetes.io/component"]
        expected = {(PREFIX + group, PREFIX + topic) for group, all_ in ACCESS[role].reads.items() for topic in all_}
        triggers = [trigger["metadata"] for trigger in one["spec"]["triggers"]]
        assert {(each["consumerGroup"], each["topic"]) for each in triggers} == expected
        assert all(isinstance(text, str) for each in triggers for text in each.values())
        assert one["spec"]["minReplicaCount"] >= 1, "what waits would never be seen"
        deployment = named(objects(name), "Deployment", one["spec"]["scaleTargetRef"]["name"])
        assert "replicas" not in deployment["spec"], "two would set the number"


def test_a_trigger_logs_in_by_reference() -> None:
    [login] = of_kind(objects("external"), "TriggerAuthentication")
    assert {one["parameter"]: (one["name"], one["key"]) for one in login["spec"]["secretTargetRef"]} == {
        "password": ("kafka-login", "password"),
        "ca": ("kafka-ca", "ca.crt"),
        "cert": ("kafka-client", "tls.crt"),
        "key": ("kafka-client", "tls.key"),
    }
    settings = named(objects("external"), "ConfigMap", "spinestream-keda")["data"]
    assert settings == {"tls": "enable", "sasl": "scram_sha512", "username": "spinestream"}
