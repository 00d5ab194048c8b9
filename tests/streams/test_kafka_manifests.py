"""`KafkaTopic` objects and the chart's table: they say what the registry says."""

from __future__ import annotations

import re

import pytest

from streams.access import ACCESS
from streams.broker import BrokerSettings
from streams.kafka_manifests import PREFIX, chart_table, kafka_topics
from streams.topics import specs

DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


def test_there_is_a_topic_for_every_spec_with_its_partitions_and_config() -> None:
    found = {one["spec"]["topicName"]: one["spec"] for one in kafka_topics("kafka")}
    assert set(found) == {PREFIX + spec.name for spec in specs()}
    for spec in specs():
        made = found[PREFIX + spec.name]
        assert (made["partitions"], made["replicas"]) == (spec.partitions, 3)
        assert made["config"] == {**spec.config, "min.insync.replicas": "2"}


def test_objects_have_names_that_a_cluster_takes_whatever_the_prefix() -> None:
    made = kafka_topics("main", prefix="Spine_Test.", replicas=1, min_insync_replicas=1)
    assert all(DNS_NAME.fullmatch(one["metadata"]["name"]) for one in made)
    assert {one["metadata"]["labels"]["strimzi.io/cluster"] for one in made} == {"main"}
    assert "Spine_Test.sources" in {one["spec"]["topicName"] for one in made}
    assert len({one["metadata"]["name"] for one in made}) == len(made)


@pytest.mark.parametrize(("replicas", "least"), [(1, 2), (3, 0)])
def test_more_replicas_than_there_are_cannot_acknowledge(replicas, least) -> None:
    with pytest.raises(ValueError, match=rf"within 1…{replicas}"):
        kafka_topics("kafka", replicas=replicas, min_insync_replicas=least)


def test_the_usual_prefix_is_that_of_the_settings() -> None:
    assert BrokerSettings.model_fields["prefix"].default == PREFIX


def test_the_charts_table_has_every_topic_and_role() -> None:
    table = chart_table()
    assert [one["name"] for one in table["topics"]] == [spec.name for spec in specs()]
    assert set(table["roles"]) == set(ACCESS)
    assert table["roles"]["web"] == {"reads": {}, "sends": ["decisions"]}
