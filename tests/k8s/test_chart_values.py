"""Every value that is documented is used: changed, it changes what is rendered. And every one has a comment."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import helm_python
import jsonschema
import pytest
import yaml

from tests.k8s.rendered import CHART, EXTERNAL, PROFILES, RAYJOB, chart, merged, render_files

DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
IN_CLUSTER = merged(
    PROFILES["single-gpu"],
    {"redis": {"username": ""}, "blobs": {"url": ""}, "models": {"existingClaim": ""}, "keda": {"enabled": True}}
    | {"networkPolicies": {"engines": {"ports": [8000]}}},
)
"""Servers of the chart's own, blobs on a volume, engines elsewhere reachable."""
OTHER: dict[str, Any] = {
    "kafka.protocol": "SSL",
    "kafka.mechanism": "PLAIN",
    "roles.trainer.kind": "RayJob",
    "gateway.serviceType": "LoadBalancer",
    "gateway.sourceRanges": ["10.1.0.0/16"],
    "blobs.claim.accessMode": "ReadWriteOnce",
    "training.claim.accessMode": "ReadWriteMany",
    "image.pullPolicy": "Always",
    "image.pullSecrets": ["registry"],
    "telemetry.otlp": "http://elsewhere:4318",
    "telemetry.sampled": 0.5,
    "roles.pools.startSeconds": 3600,
}
"""What a value may be instead, where any other text or number would not do."""
PEERS = [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]


def leaves(node: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in node.items():
        path = f"{above}{name}"
        if isinstance(value, dict) and value and path != "settings":
            yield from leaves(value, path + ".")
        else:
            yield path


def at(values: dict[str, Any], path: str) -> Any:
    found: Any = values
    for part in path.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def other(path: str, value: Any) -> Any:
    """Return another value of the same kind."""
    if path in OTHER and value != OTHER[path]:
        return OTHER[path]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value / 2
    if isinstance(value, list):
        if path.endswith(".ports"):
            return [4444]
        return PEERS if path.startswith("networkPolicies") else [{"key": "a", "operator": "Exists"}]
    if isinstance(value, dict):
        return {"a": "b"} if path != "settings" else {"engine": "vllm", "separate": True}
    return "another"


FREE = (".storageClass", ".key", ".secret", ".certificate", ".split", ".pseudonyms", ".sessions", "Label", ".className")
"""Endings of values that any word may be, and that decide nothing."""


def is_amount(path: str) -> bool:
    return path.endswith((".cpu", ".memory", "size", "Size"))


def is_seen_as_it_is(path: str) -> bool:
    """Whether a value is in what is rendered as it is: such are changed all at once."""
    return is_amount(path) or path.endswith(FREE)


def mark_of(path: str, number: int) -> str:
    if not is_amount(path):
        return f"mark-{7000 + number}"
    return f"{7000 + number}{'m' if path.endswith('.cpu') else 'Gi'}"


def put(values: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    node = values
    for part in above:
        node = node.setdefault(part, {})
    node[last] = value


class Stand(NamedTuple):
    """Values, with the chart's own beneath, and what they render to."""

    values: dict[str, Any]
    whole: dict[str, Any]
    text: str

    @classmethod
    def of(cls, values: dict[str, Any]) -> Stand:
        return cls(values, chart().merge_values(values), text_of(values))

    def changed(self, path: str) -> str:
        """Return what it renders to with another value there."""
        values = copy.deepcopy(self.values)
        put(values, path, other(path, at(self.whole, path)))
        return text_of(values)


def text_of(values: dict[str, Any]) -> str:
    return json.dumps(render_files(values), sort_keys=True)


@pytest.fixture(scope="module")
def stands() -> list[Stand]:
    """Values of which each switch is on in one."""
    by_secret = {
        "mongodb": {"urlSecret": {"name": "m"}},
        "web": {"ingress": {"enabled": True}},
        "keda": {"enabled": False},
    }
    object_store = {
        "engineKeySecret": {"name": "e"},
        "blobs": {"keySecret": {"name": "s"}, "caSecret": {"name": "c"}, "url": "s3://b/p"},
    }
    every = (
        merged(RAYJOB, {"collector": {"caSecret": "ca"}}),
        IN_CLUSTER,
        merged(EXTERNAL, object_store),
        merged(EXTERNAL, by_secret),
        merged(EXTERNAL, {"redis": {"username": "someone"}, "telemetry": {"otlp": "http://c:4318"}}),
        merged(PROFILES["production"], {"ray": {"groups": {"cpu": {"enabled": True}}}}),
    )
    return [Stand.of(one) for one in every]


@pytest.mark.parametrize("path", [path for path in leaves(DEFAULTS) if not is_seen_as_it_is(path)])
def test_a_value_is_used(path, stands) -> None:
    faults = []
    for stand in stands:
        try:
            after = stand.changed(path)
        except helm_python.HelmError as refused:
            faults.append(str(refused))
            continue
        if after != stand.text:
            return
    assert any(path.rpartition(".")[2] in fault for fault in faults), f"{path} changes nothing: {faults}"


def test_amounts_and_names_are_used(stands) -> None:
    marks = {path: mark_of(path, n) for n, path in enumerate(leaves(DEFAULTS)) if is_seen_as_it_is(path)}
    assert len(marks) > 80
    texts = []
    for stand in stands:
        values = copy.deepcopy(stand.values)
        for path, mark in marks.items():
            put(values, path, mark)
        texts.append(text_of(values))
    assert [path for path, mark in marks.items() if not any(mark in text for text in texts)] == []


def test_the_schema_is_one_and_knows_the_defaults() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft7Validator(SCHEMA).validate(DEFAULTS)


def test_the_schema_knows_every_value_and_no_other() -> None:
    validator = jsonschema.Draft7Validator(SCHEMA)
    for path in {one.rpartition(".")[0] for one in leaves(DEFAULTS)}:
        if path.startswith("settings") or "accountAnnotations" in path:
            continue
        strange = copy.deepcopy(DEFAULTS)
        node = at(strange, path) if path else strange
        node["notAValue"] = 1
        assert list(validator.iter_errors(strange)), f"{path or 'top'}.notAValue is taken"


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_name_values_that_there_are(name) -> None:
    known = set(leaves(DEFAULTS))
    free = ("settings", "networkPolicies", "ray.groups", "pods", "web.ingress.annotations")
    for path in leaves(PROFILES[name]):
        assert path in known or path.startswith(free) or at(DEFAULTS, path) is not None, path


def test_every_section_tells_what_its_values_are() -> None:
    sections = re.split(r"^(?=[a-zA-Z]+:)", (CHART / "values.yaml").read_text(), flags=re.MULTILINE)[1:]
    assert {one.partition(":")[0] for one in sections} == set(DEFAULTS)
    for before, section in zip(["", *sections], sections, strict=False):
        assert "#" in section or before.rstrip().splitlines()[-1:][0].startswith("#"), section
