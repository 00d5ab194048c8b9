"""The chart as the real Helm library renders it, and what its objects consist of."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import helm_python
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "k8s" / "spinestream"
PROFILES: dict[str, dict[str, Any]] = {
    file.stem: yaml.safe_load(file.read_text()) for file in sorted((ROOT / "k8s" / "profiles").glob("*.yaml"))
}
RELEASE, NAMESPACE = "spinestream", "spine"

EXTERNAL: dict[str, Any] = {
    "kafka": {
        "bootstrap": "kafka.example.org:9093",
        "username": "spinestream",
        "passwordSecret": {"name": "kafka-login"},
        "caSecret": {"name": "kafka-ca"},
        "certificateSecret": {"name": "kafka-client"},
    },
    "mongodb": {
        "url": "mongodb://db.example.org:27017/?replicaSet=rs0",
        "username": "spinestream",
        "passwordSecret": {"name": "mongodb-login"},
        "caSecret": {"name": "mongodb-ca"},
    },
    "redis": {"url": "rediss://redis.example.org:6379/0", "caSecret": {"name": "redis-ca"}},
    "keda": {"enabled": True},
    "models": {"offline": False},
    "roles": {"gateway": {"enabled": True}},
    "gateway": {"serviceType": "LoadBalancer", "sourceRanges": ["10.20.0.0/16"]},
}
"""Servers of somebody's, blobs on a volume, a gateway that senders outside reach, models from a hub."""


def merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return `lower` with what `upper` says in its place, at every depth."""
    result = copy.deepcopy(dict(lower))
    for name, value in upper.items():
        below = result.get(name)
        result[name] = merged(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return result


RAYJOB = merged(
    PROFILES["production"],
    {"roles": {"trainer": {"kind": "RayJob"}}, "training": {"claim": {"accessMode": "ReadWriteMany"}}},
)
"""Production with training as a RayJob."""
VARIANTS: dict[str, dict[str, Any]] = {**PROFILES, "external": EXTERNAL, "rayjob": RAYJOB}


@functools.cache
def chart() -> helm_python.Chart:
    return helm_python.Chart.load(CHART)


def render_files(values: Mapping[str, Any], release: str = RELEASE) -> dict[str, str]:
    return chart().render(dict(values), name=release, namespace=NAMESPACE)


def render(values: Mapping[str, Any], release: str = RELEASE) -> list[dict[str, Any]]:
    """Return the objects of a release."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    texts = (text for name, text in sorted(render_files(values, release).items()) if not name.endswith("NOTES.txt"))
    return [one for text in texts for one in yaml.load_all(text, loader) if one]


@functools.cache
def objects_text(name: str) -> str:
    return json.dumps(render(VARIANTS[name]))


def objects(name: str) -> list[dict[str, Any]]:
    """Return the objects of a variant; rendered once."""
    found: list[dict[str, Any]] = json.loads(objects_text(name))
    return found


def of_kind(found: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [one for one in found if one["kind"] in kinds]


def named(found: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    [one] = [one for one in of_kind(found, kind) if one["metadata"]["name"] == name]
    return one


@dataclass(frozen=True)
class Pod:
    """The pods of one object."""

    of: str
    labels: Mapping[str, str]
    spec: Mapping[str, Any]
    ours: bool
    """False where an operator fills the rest in, users of images included."""

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]


def pods(found: list[dict[str, Any]]) -> Iterator[Pod]:
    """Yield every pod template of objects, of operators' objects too."""
    for one in found:
        kind, spec = one["kind"], one.get("spec", {})
        of = f"{kind}/{one['metadata']['name']}"
        if kind in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
            yield _pod(of, spec["template"])
        elif kind in ("RayCluster", "RayJob"):
            cluster = spec.get("rayClusterSpec", spec)
            yield _pod(f"{of}/head", cluster["headGroupSpec"]["template"])
            for group in cluster["workerGroupSpecs"]:
                yield _pod(f"{of}/{group['groupName']}", group["template"])
        elif kind == "MongoDBCommunity":
            yield _pod(of, spec["statefulSet"]["spec"]["template"], ours=False)


def _pod(of: str, template: Mapping[str, Any], *, ours: bool = True) -> Pod:
    return Pod(of, template.get("metadata", {}).get("labels", {}), template["spec"], ours)
