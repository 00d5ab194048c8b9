"""Alerts: every metric and label is exported, every alert says what is wrong and where it is told what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from streams.intake.deid.errors import RefusalReason
from streams.intake.gateway.quarantine import Refused
from tests.deploy.composed import read
from tests.deploy.exported import OF_SERIES, checked, labels_of
from tests.deploy.places import RULES
from tests.deploy.runbook import anchors

PREFIX = "docs/operations.md#"
WANTED = {
    *("DeadLettersArrive", "StageStandsStill", "LagRises", "EngineSilent", "IdentifierStopped", "DependencyAway"),
    *("GateRefused", "ReviewStandsStill", "OldestUnreviewed", "RoleDown", "RoleGone"),
}


def alerts() -> Iterator[dict[str, Any]]:
    for group in read(RULES)["groups"]:
        assert set(group) == {"name", "rules"}
        yield from group["rules"]


ALERTS = list(alerts())


def one(name: str) -> dict[str, Any]:
    [found] = [alert for alert in ALERTS if alert["alert"] == name]
    return found


def test_the_alerts_that_there_have_to_be() -> None:
    names = [alert["alert"] for alert in ALERTS]
    assert len(set(names)) == len(names)
    assert set(names) >= WANTED


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_what_is_exported_and_says_what_to_do(alert: dict[str, Any]) -> None:
    assert set(alert) <= {"alert", "expr", "for", "labels", "annotations"}
    query = checked(alert["expr"])
    assert re.fullmatch(r"\d+[smhd]", alert.get("for", "0s"))
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    texts = alert["annotations"]
    assert set(texts) == {"summary", "description", "runbook_url"}
    have = query.grouped or OF_SERIES.union(*(labels_of(metric) for metric in query.metrics))
    told = set(re.findall(r"\$labels\.(\w+)", texts["summary"] + texts["description"]))
    assert told <= have, f"names {sorted(told - have)}"
    assert texts["runbook_url"].startswith(PREFIX)
    assert texts["runbook_url"].removeprefix(PREFIX) in anchors(), f"the runbook has no {texts['runbook_url']}"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_what_every_web_process_tells_of_the_whole_is_not_added_up(alert: dict[str, Any]) -> None:
    from spinestream.telemetry.catalogue import DESK

    told = "|".join(sample for found in DESK for sample in found.samples)
    assert not re.search(rf"\b(sum|count)\b[^()]*(\([^()]*\)\s*)?\((rate\(|increase\()?({told})\b", alert["expr"])


def test_an_identifier_that_was_stopped_calls_somebody() -> None:
    named = {RefusalReason.RESIDUAL.value, RefusalReason.BURNED_IN.value, Refused.OTHER_PATIENT.value}
    matchers = set(re.findall(r'reason(=~|!~)"([^"]+)"', one("IdentifierStopped")["expr"]))
    assert {operator for operator, _ in matchers} == {"=~"}
    assert {frozenset(reasons.split("|")) for _, reasons in matchers} == {frozenset(named)}
    assert one("IdentifierStopped")["labels"]["severity"] == "critical"
    assert "for" not in one("IdentifierStopped")
    others = set(re.findall(r'reason(=~|!~)"([^"]+)"', one("Quarantined")["expr"]))
    assert {(operator, frozenset(reasons.split("|"))) for operator, reasons in others} == {("!~", frozenset(named))}


def test_a_stage_is_paused_where_the_desk_or_the_pools_say_so() -> None:
    """On a cluster the desk does not see engines that stand still for the compute lease, their manager does."""
    asking = {alert["alert"] for alert in ALERTS if "spinestream_stage_paused" in alert["expr"]}
    assert asking == {"StageStandsStill", "LagRises", "StagePaused"}
    for name in asking:
        said = "max by (stage) (spinestream_stage_paused or spinestream_pool_paused)"
        assert said in one(name)["expr"], name


def test_a_gate_that_refuses_is_no_fault() -> None:
    assert one("GateRefused")["labels"]["severity"] == "info"
    from streams.topics import REGISTRY

    types = {f"{topic.entity}.{topic.verb}" for topic in REGISTRY.values()}
    asked = set(re.findall(r'type="([^"]+)"', one("GateRefused")["expr"]))
    assert asked == {"candidate.judged", "model.promoted"}
    assert asked <= types


def test_stages_are_named_as_the_survey_and_the_loops_name_them() -> None:
    from spinestream.survey import GROUPS
    from streams.topics import GROUPS as LOOPS

    asked = {
        name
        for alert in ALERTS
        for names in re.findall(r'stage=~"([^"]+)"', alert["expr"])
        for name in names.split("|")
    }
    assert asked == {"read", "draft", "revise"}
    # The label of the lag and that of the gauges of a loop are joined by their values.
    assert set(GROUPS) <= set(LOOPS)
