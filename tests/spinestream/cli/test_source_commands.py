"""`sources` and `lineage`, and commands with and without their servers, on a store that the test fills itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generation.readings import Reading
from spinestream.embedded import Servers
from spinestream.wiring import Parts, broker_settings
from streams import topics
from streams.broker import Broker
from tests.spinestream.cli.conftest import Desk


def _states(desk: Desk, *more: str) -> dict[str, str]:
    return {one["id"]: one["state"] for one in desk.call("samples", "list", "--json", *more).json}


def _export(desk: Desk, out: Path, *more: str) -> list[dict[str, Any]]:
    answer = desk.call("samples", "export", "--out", str(out), *more)
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_a_withdrawn_source_is_nowhere_to_be_seen(desk: Desk, tmp_path: Path) -> None:
    gone = desk.samples("guide", (), ("cut-off",))
    [stays] = desk.samples("notes", ())
    desk.call("samples", "accept", gone[0], "--who", "Dr Li")
    answer = desk.call("sources", "withdraw", "guide", "--who", "Dr Wu", "--why", "no consent", "--json").json
    assert (answer["id"], answer["new"], answer["retracted"]) == ("guide", True, 2)
    assert _states(desk) == {stays: "queued"}
    assert set(_states(desk, "--state", "retracted")) == set(gone)
    assert set(_states(desk, "--state", "all")) == {*gone, stays}
    assert {one["id"] for one in _export(desk, tmp_path / "out.jsonl", "--state", "all")} == {stays}
    assert not set(gone) & set(desk.queued())
    states = {one["id"]: one["state"] for one in desk.call("sources", "list", "--json").json}
    assert states == {"guide": "withdrawn", "notes": "live"}
    refused = desk.call("samples", "accept", gone[0], "--who", "Dr Li")
    assert (refused.code, "is retracted" in refused.err) == (2, True)
    again = desk.call("sources", "withdraw", "guide", "--who", "Dr Wu", "--why", "no consent", "--json").json
    assert (again["new"], again["retracted"]) == (False, 2)


def test_a_tombstone_counts_before_its_sweep(desk: Desk) -> None:
    """As after a kill between the two: what the sweep has not come to is not shown as live."""
    desk.samples("guide", (), ())

    async def tombstone(parts: Parts) -> None:
        await parts.sources.withdraw("guide", "Dr Wu", "no consent", None)

    desk.on_parts(tombstone)
    assert _states(desk) == {}


def test_withdrawing_what_is_not_there(desk: Desk) -> None:
    answer = desk.call("sources", "withdraw", "nope", "--who", "x", "--why", "y")
    assert answer.code == 2
    assert "no source is called nope; `spinestream sources list`" in answer.err


def test_sources_tell_what_is_superseded(desk: Desk) -> None:
    old, new = desk.source("guide", b"one"), desk.source("guide", b"two")
    found = {one["version"]: one["state"] for one in desk.call("sources", "list", "--json").json}
    assert found == {old: "superseded", new: "live"}


def test_sources_tell_what_they_were_read_as(desk: Desk) -> None:
    read, waiting = desk.source("guide", b"one"), desk.source("notes", b"two")
    reading = Reading(specialty="spine", condition="scoliosis", vocabulary="orthopaedics@1")

    async def note(parts: Parts) -> None:
        await parts.sources.record_reading(read, reading)

    desk.on_parts(note)
    found = {one["version"]: one for one in desk.call("sources", "list", "--json").json}
    assert (found[read]["specialty"], found[read]["condition"]) == ("spine", "scoliosis")
    assert (found[waiting]["specialty"], found[waiting]["condition"]) == (None, None)
    shown = desk.call("sources", "list").out
    assert "live · spine · scoliosis · 0 items" in shown
    assert "live · not read · 0 items" in shown
    [version] = desk.call("lineage", read, "--json").json["versions"]
    assert version["reading"] == reading.model_dump(mode="json")


def test_lineage_of_everything_that_has_a_name(desk: Desk) -> None:
    [item] = desk.samples("guide", ())
    desk.call("samples", "accept", item, "--who", "Dr Li")
    of_item = desk.call("lineage", item, "--json").json
    assert (of_item["kind"], of_item["source"]["id"], of_item["sample"]["state"]) == ("sample", "guide", "accepted")
    assert of_item["sample"]["evidence"][0]["text"] == "L4/L5 shows a disc extrusion."
    assert of_item["sample"]["drafts"][0]["digest"] == of_item["sample"]["revisions"][0]["draft"]
    assert of_item["sample"]["decisions"][0]["who"] == "Dr Li"
    version = of_item["source"]["version"]
    by_id, by_version = (desk.call("lineage", name, "--json").json for name in ("guide", version))
    assert by_id["versions"] == by_version["versions"]
    assert by_id["versions"][0]["samples"] == {"accepted": 1}

    async def plan(parts: Parts) -> None:
        made = {"_id": of_item["sample"]["plan"], "source_version": version, "items": 1, "at": "now"}
        await parts.sources.plans.insert_one(made)

    desk.on_parts(plan)
    of_plan = desk.call("lineage", of_item["sample"]["plan"], "--json").json
    assert (of_plan["kind"], of_plan["items"], of_plan["source"]["version"]) == ("plan", 1, version)
    tree = desk.call("lineage", item).out
    assert f"version: {version}" in tree
    assert "who: Dr Li" in tree


def test_lineage_of_nothing(desk: Desk) -> None:
    answer = desk.call("lineage", "nope")
    assert (answer.code, answer.out) == (2, "")
    assert "nothing is called nope; give an item id, a source id or version, a plan id or a snapshot" in answer.err


def test_events_of_commands_go_out_where_a_broker_is(
    desk: Desk, servers: Servers, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [item] = desk.samples("guide", ())
    desk.call("samples", "accept", item, "--who", "Dr Li")
    assert _unsent(desk) == 1
    for name, value in servers.addresses.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SPINESTREAM_KAFKA_PREFIX", topic_prefix)
    broker = Broker(broker_settings(servers.addresses))
    broker.ensure_topics()
    desk.call("samples", "reject", item, "--who", "Dr Li", "--why", "no")
    assert _unsent(desk) == 0
    assert sum(state.end for state in broker.states("store", [topics.DECISIONS.name]).values()) == 2
    desk.call("sources", "withdraw", "guide", "--who", "Dr Li", "--why", "no")
    assert sum(state.end for state in broker.states("store", [topics.WITHDRAWALS.name]).values()) == 1


def _unsent(desk: Desk) -> int:
    async def count(parts: Parts) -> int:
        return await parts.store.decisions.documents.count_documents({"unsent": True})

    found: int = desk.on_parts(count)
    return found


def test_a_store_that_does_not_answer_is_told_as_that(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_MONGODB", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=300")
    monkeypatch.setattr("spinestream.wiring.SELECTION_MS", 300)
    answer = desk.call("samples", "list")
    assert answer.code == 1
    assert answer.err.startswith(
        "spinestream: mongodb is not reachable (ServerSelectionTimeoutError); see that it runs"
    )
