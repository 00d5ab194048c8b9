"""What a cluster is told of our topics: `KafkaTopic` objects of Strimzi, and the table that the Helm chart reads."""

from __future__ import annotations

from typing import Any

from streams.access import ACCESS
from streams.topics import TopicSpec, specs

API_VERSION = "kafka.strimzi.io/v1"
PREFIX = "spinestream."
"""Goes before every topic and group unless a deployment says otherwise (`streams.broker.BrokerSettings.prefix`)."""


def object_name(wire_name: str) -> str:
    """Return the name of a Kubernetes object for a topic on the broker: lower case, no underscore."""
    return wire_name.lower().replace("_", "-")


def kafka_topics(
    cluster: str, *, prefix: str = PREFIX, replicas: int = 3, min_insync_replicas: int = 2
) -> list[dict[str, Any]]:
    """Return a `KafkaTopic` for every topic there must be, dead letters included.

    `cluster` is the name of the `Kafka` object; a write is acknowledged by `min_insync_replicas` of `replicas`. Raises
    ValueError where that is more than there are.
    """
    if not 1 <= min_insync_replicas <= replicas:
        raise ValueError(f"min.insync.replicas has to be within 1…{replicas}, the number of replicas")
    return [_kafka_topic(spec, cluster, prefix, replicas, min_insync_replicas) for spec in specs()]


def _kafka_topic(spec: TopicSpec, cluster: str, prefix: str, replicas: int, min_insync: int) -> dict[str, Any]:
    name = prefix + spec.name
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaTopic",
        "metadata": {"name": object_name(name), "labels": {"strimzi.io/cluster": cluster}},
        "spec": {
            "topicName": name,
            "partitions": spec.partitions,
            "replicas": replicas,
            "config": {**spec.config, "min.insync.replicas": str(min_insync)},
        },
    }


def chart_table() -> dict[str, Any]:
    """Return what the chart makes topics and users of: every topic without its prefix, and what each role does."""
    return {
        "topics": [{"name": s.name, "partitions": s.partitions, "config": dict(s.config)} for s in specs()],
        "roles": {role: access.as_json() for role, access in ACCESS.items()},
    }
