"""Prometheus and Grafana of the one server: they find the roles, the rules, the dashboards and each other."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from tests.deploy.composed import read
from tests.deploy.places import DASHBOARDS, DEPLOY, ROOT

Compose = dict[str, Any]

PROMETHEUS = DEPLOY / "prometheus" / "prometheus.yaml"


def mounts(compose: Compose, service: str) -> dict[str, str]:
    """{place in the container: file of ours}."""
    volumes = [one.split(":") for one in compose["services"][service]["volumes"]]
    return {target: source for source, target, *_ in volumes if source.startswith("./")}


def answering(compose: Compose) -> set[str]:
    """Names that roles answer to."""
    found = set()
    for name, one in compose["services"].items():
        if one.get("command", [""])[0] == "role":
            networks = one["networks"]
            found |= {name, *(networks["inside"]["aliases"] if isinstance(networks, dict) else ())}
    return found


def job() -> dict[str, Any]:
    [found] = [one for one in read(PROMETHEUS)["scrape_configs"] if one["job_name"] == "spinestream"]
    return dict(found)


def test_every_role_is_scraped_where_it_listens(compose: Compose) -> None:
    [fixed], [found] = job()["static_configs"], job()["dns_sd_configs"]
    targets = {*fixed["targets"], *(f"{name}:{found['port']}" for name in found["names"])}
    listen = compose["services"]["intake"]["environment"]["SPINESTREAM_TELEMETRY__LISTEN"]
    assert {urlsplit(f"//{one}").port for one in targets} == {urlsplit(f"//{listen}").port}
    names = {one.partition(":")[0] for one in targets}
    assert names <= answering(compose)
    roles = {one["command"][1] for one in compose["services"].values() if one.get("command", [""])[0] == "role"}
    assert names == roles
    assert found["names"] == ["gateway"], "what may not be there is found, not expected"


def test_a_target_is_told_by_its_role(compose: Compose) -> None:
    role, instance = job()["relabel_configs"]
    for address, name in ((";web:9464", "web"), ("gateway;172.18.0.9:9464", "gateway")):
        match = re.fullmatch(role["regex"], address)
        assert match is not None
        assert match[1] == name
    assert (instance["source_labels"], instance["replacement"]) == (["role"], "$1:9464")


def test_alerts_look_at_the_job_by_a_part_of_its_name() -> None:
    rules = (ROOT / "k8s" / "spinestream" / "files" / "rules.yaml").read_text()
    [matcher] = set(re.findall(r'up\{job=~"([^"]+)"\}', rules))
    assert re.fullmatch(matcher, job()["job_name"])
    assert re.fullmatch(matcher, "production/spinestream-roles")


def test_prometheus_reads_what_is_mounted(compose: Compose) -> None:
    there = mounts(compose, "prometheus")
    [config] = [one for one in compose["services"]["prometheus"]["command"] if one.startswith("--config.file=")]
    assert there[config.partition("=")[2]] == "./deploy/prometheus/prometheus.yaml"
    settings = read(PROMETHEUS)
    [rules] = settings["rule_files"]
    assert [source for target, source in there.items() if PurePosixPath(target).match(rules)] == [
        "./k8s/spinestream/files/rules.yaml"
    ]
    [files] = settings["alerting"]["alertmanagers"][0]["file_sd_configs"][0]["files"]
    assert str(PurePosixPath(files).parent) in there
    assert [one["job_name"] for one in settings["scrape_configs"]] == ["spinestream", "prometheus"]


def test_the_example_of_an_alertmanager_is_not_read_as_one() -> None:
    folder = DEPLOY / "prometheus" / "alertmanagers"
    assert [path.name for path in folder.iterdir() if path.suffix != ".yaml"] == ["example.yaml.off"]
    assert read(folder / "example.yaml.off") == [{"targets": ["alertmanager.example.org:9093"]}]


def test_grafana_finds_prometheus(compose: Compose) -> None:
    there = mounts(compose, "grafana")
    assert there["/etc/grafana/provisioning/datasources/spinestream.yaml"] == "./deploy/grafana/datasources.yaml"
    [source] = read(DEPLOY / "grafana" / "datasources.yaml")["datasources"]
    url = urlsplit(source["url"])
    assert source["type"] == "prometheus"
    assert url.hostname in compose["services"]
    assert compose["services"]["prometheus"]["ports"][0].endswith(f":{url.port}")


def test_grafana_finds_the_dashboards(compose: Compose) -> None:
    there = mounts(compose, "grafana")
    assert there["/etc/grafana/provisioning/dashboards/spinestream.yaml"] == "./deploy/grafana/dashboards.yaml"
    [provider] = read(DEPLOY / "grafana" / "dashboards.yaml")["providers"]
    assert there[provider["options"]["path"]] == "./k8s/spinestream/files/dashboards"
    assert not provider["allowUiUpdates"]


def test_the_runbook_is_where_the_dashboards_look_for_it(compose: Compose) -> None:
    there = mounts(compose, "grafana")
    for path in DASHBOARDS:
        [runbook] = [one for one in json.loads(path.read_text())["templating"]["list"] if one["name"] == "runbook"]
        assert there[f"/usr/share/grafana{runbook['query']}"] == "./docs/operations.md"
