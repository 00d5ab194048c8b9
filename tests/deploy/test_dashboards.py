"""Grafana's dashboards: every metric and label is exported, every panel has a unit, a text and a place of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.exported import OF_SERIES, checked, labels_of
from tests.deploy.places import DASHBOARDS
from tests.deploy.runbook import anchors

RUNBOOK = re.compile(r"\$\{runbook\}#([a-z-]+)")
WIDTH = 24
SCHEMA = 41
"""Of Grafana 12."""


def read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in DASHBOARDS:
        for panel in read(path)["panels"]:
            yield f"{path.stem}: {panel['title']}", panel


def test_there_are_four() -> None:
    assert [path.stem for path in DASHBOARDS] == ["engines", "models", "pipeline", "review"]
    assert len({read(path)["uid"] for path in DASHBOARDS}) == len({read(path)["title"] for path in DASHBOARDS}) == 4


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_what_they_ask_for_is_exported(path: Path) -> None:
    asked = set()
    for panel in read(path)["panels"]:
        for target in panel["targets"]:
            query = checked(target["expr"])
            asked |= query.metrics
            told = set(re.findall(r"{{(\w+)}}", target.get("legendFormat", "")))
            have = query.grouped or OF_SERIES.union(*(labels_of(metric) for metric in query.metrics))
            assert told <= have, f"{panel['title']}: the legend names {sorted(told - have)}"
    assert len(asked) >= 5


def test_every_metric_of_the_catalogue_but_sums_is_on_a_dashboard() -> None:
    from spinestream.telemetry.catalogue import EXPORTED

    asked = {
        metric for _, panel in panels() for target in panel["targets"] for metric in checked(target["expr"]).metrics
    }
    unseen = {one.name for one in EXPORTED if not asked & set(one.samples)}
    # An alert looks at it; on a good day it has nothing to show.
    assert unseen == {"spinestream_unreadable_records"}


def test_every_panel_says_what_it_shows() -> None:
    for name, panel in panels():
        assert panel["fieldConfig"]["defaults"]["unit"], name
        assert panel["description"].endswith((".", "?")), name
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, name
        assert [target["refId"] for target in panel["targets"]] == list("ABC")[: len(panel["targets"])], name


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_loaded_anywhere(path: Path) -> None:
    found = read(path)
    variables = {one["name"]: one for one in found["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["runbook"]["type"] == "constant"
    used = set(re.findall(r"\$\{?([a-z]+)\b", path.read_text()))
    assert used == set(variables), "variables that are used are there, and the other way round"
    for one in variables.values():
        if one["type"] == "query":
            checked(one["query"])
    assert found["schemaVersion"] >= SCHEMA
    assert "id" not in found
    assert found["tags"] == ["spinestream"]


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_do_not_lie_over_each_other(path: Path) -> None:
    found = read(path)["panels"]
    assert len({panel["id"] for panel in found}) == len(found)
    places = [panel["gridPos"] for panel in found]
    assert all(one["x"] >= 0 and one["x"] + one["w"] <= WIDTH for one in places)
    for a, b in combinations(places, 2):
        apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"], (a, b)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_links_lead_into_the_runbook(path: Path) -> None:
    found = read(path)
    own = [link["url"] for link in found["links"] if link["type"] == "link"]
    assert len(own) == 1
    links = own + [link["url"] for panel in found["panels"] for link in panel.get("links", ())]
    for url in links:
        anchor = RUNBOOK.fullmatch(url)
        assert anchor, url
        assert anchor[1] in anchors(), f"{path.stem}: the runbook has no section #{anchor[1]}"
