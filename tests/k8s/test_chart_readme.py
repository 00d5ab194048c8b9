"""k8s/README.md names what the chart makes: deployments and their containers, Secrets, claims, roles."""

from __future__ import annotations

import json
import re

from spinestream.roles import ROLES
from tests.k8s.rendered import CHART, PROFILES, VARIANTS, merged, objects, of_kind, pods, render

PAGE = (CHART.parent / "README.md").read_text()
OFF = {"roles": {role: {"enabled": False} for role in ROLES}}


def test_commands_run_in_containers_that_there_are() -> None:
    named = set(re.findall(r"deploy/(spinestream-[a-z]+) -c ([a-z]+)", PAGE))
    there = {
        (one["metadata"]["name"], container["name"])
        for one in of_kind(objects("production"), "Deployment")
        for container in one["spec"]["template"]["spec"]["containers"]
    }
    assert len(named) >= 2
    assert named <= there, named - there


def test_secrets_that_it_has_one_make_are_those_that_objects_ask_for() -> None:
    made = set(re.findall(r"create secret generic ([\w-]+)", PAGE))
    told = json.dumps([objects(name) for name in VARIANTS])
    assert "spinestream-mongodb-backup" in made
    assert all(f'"{name}"' in told for name in made)
    [kept] = re.findall(r"get secret ([\w -]+) -o yaml", PAGE)
    assert set(kept.split()) == made, "all of them are backed up"


def test_a_restore_begins_with_servers_and_no_role() -> None:
    [roles] = re.findall(r"roles\.%s\.enabled=false ' ([\w ]+)\)", PAGE)
    assert set(roles.split()) == set(ROLES)
    for profile in PROFILES.values():
        found = render(merged(profile, OFF))
        assert of_kind(found, "Deployment", "RayCluster", "RayJob", "ScaledObject") == []
        assert {one["kind"] for one in of_kind(found, "Kafka", "MongoDBCommunity")} == {"Kafka", "MongoDBCommunity"}
    assert "spinestream-blobs" in {
        one["metadata"]["name"] for one in of_kind(render(merged(PROFILES["laptop"], OFF)), "PersistentVolumeClaim")
    }


def test_the_pod_that_takes_blobs_back_is_one_that_the_namespace_takes() -> None:
    [text] = re.findall(r"--overrides='(.+?)'", PAGE, re.DOTALL)
    spec = json.loads(text)["spec"]
    [ours] = [pod for pod in pods(objects("laptop")) if pod.of == "Deployment/spinestream-store"]
    [container] = spec["containers"]
    inside = ours.spec["containers"][0]
    assert spec["securityContext"].items() <= ours.spec["securityContext"].items()
    assert container["securityContext"].items() <= inside["securityContext"].items()
    assert container["image"] == inside["image"]
    assert spec["volumes"][0] in ours.spec["volumes"]
    assert container["volumeMounts"][0] in inside["volumeMounts"]
