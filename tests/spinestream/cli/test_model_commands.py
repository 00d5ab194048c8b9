"""`spinestream train` and `spinestream models` on a store, without a broker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streams import topics
from streams.events import Event
from streams.model_payloads import SnapshotMade, SnapshotRequested
from tests.training.adapter_samples import record


def _with_adapters(desk: Any) -> None:
    async def work(parts: Any) -> None:
        for name in ("spine@aaaaaaaaaaaa", "spine@bbbbbbbbbbbb"):
            await parts.registry.add(record(name))

    desk.on_parts(work)


def test_adapters_are_listed_promoted_and_gone_back_from(desk: Any) -> None:
    assert desk.call("models", "list", "--json").json == []
    assert "the bare model answers" in desk.call("models", "list").out
    _with_adapters(desk)
    first, second = "spine@aaaaaaaaaaaa", "spine@bbbbbbbbbbbb"
    told = desk.call("models", "promote", first, "--why", "a try", "--who", "me", "--json").json
    assert (told["seq"], told["name"], told["previous"], told["sent"]) == (1, first, "", False)
    desk.call("models", "promote", second, "--who", "me")
    assert {one["name"]: one["state"] for one in desk.call("models", "list", "--json").json} == {
        first: "retired",
        second: "champion",
    }
    told = desk.call("models", "rollback", "--who", "me", "--json").json
    assert (told["seq"], told["name"], told["move"]) == (3, first, "rolled_back")
    shown = desk.call("models", "show", first, "--json").json
    assert [one["seq"] for one in shown["promotions"]] == [1, 2, 3]
    page = desk.call("models", "show", first).out
    assert "champion" in page
    assert "a try" in page
    assert "bare model is the champion" in desk.call("models", "rollback", "--to", "bare", "--who", "me").out


def test_what_is_not_there_is_a_usage_error(desk: Any) -> None:
    _with_adapters(desk)
    for arguments, told in (
        (("models", "show", "spine@nobody"), "no adapter is called"),
        (("models", "promote", "spine@nobody"), "no adapter is called"),
        (("models", "rollback"), "nothing to go back to"),
        (("models", "approve", "spine@aaaaaaaaaaaa"), "judged no candidate"),
        (("models", "refuse", "spine@aaaaaaaaaaaa", "--why", "no"), "judged no candidate"),
        (("train", "run", "--wait"), "no trainer runs"),
        (("train", "run", "--snapshot", "f" * 64), "f" * 12),
    ):
        answer = desk.call(*arguments)
        assert (answer.code, told in answer.err) == (2, True), (arguments, answer.err)


def test_a_run_that_is_asked_for_is_written_down_with_its_event(desk: Any, tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("rank: 4\n")
    told = desk.call("train", "run", "--config", str(config), "--simulated", "--who", "me", "--json").json
    assert told["sent"] is False

    async def stored(parts: Any) -> tuple[Event, int]:
        found = await parts.runs.requests.find_one({"_id": told["request"]})
        settings = await parts.runs.asked(told["request"])
        assert found["unsent"] is True
        return Event.from_stored(found["event"]), settings.rank

    event, rank = desk.on_parts(stored)
    asked: SnapshotRequested = topics.SNAPSHOT_REQUESTS.read(event)
    assert (asked.request, asked.simulated, asked.who, rank) == (told["request"], True, "me", 4)
    assert desk.call("train", "status", "--json").json == []


def test_a_snapshot_that_is_there_is_told_of_anew(desk: Any) -> None:
    made = desk.call("dataset", "snapshot", "--json").json
    told = desk.call("train", "run", "--snapshot", made["snapshot"][:10], "--json").json

    async def stored(parts: Any) -> Event:
        return Event.from_stored((await parts.runs.requests.find_one({"_id": told["request"]}))["event"])

    again: SnapshotMade = topics.SNAPSHOTS.read(desk.on_parts(stored))
    assert (again.snapshot, again.request, again.samples) == (made["snapshot"], told["request"], 0)
    assert again.request.startswith("train:")
    assert made["request"].startswith("dataset:")


def test_withdrawing_a_source_marks_the_adapters_that_saw_it(desk: Any) -> None:
    _with_adapters(desk)
    desk.samples("guide", ())
    told = desk.call("sources", "withdraw", "guide", "--who", "me", "--why", "not ours", "--json").json
    assert told["adapters_marked"] == ["spine@aaaaaaaaaaaa", "spine@bbbbbbbbbbbb"]
    [first, _] = desk.call("models", "list", "--json").json
    assert (first["state"], first["tainted"]) == ("tainted", ["guide"])
    answer = desk.call("models", "promote", first["name"])
    assert (answer.code, "withdrawn (guide)" in answer.err) == (2, True)
    walked = desk.call("lineage", first["name"], "--json").json
    assert (walked["kind"], walked["state"], walked["sources"]) == ("adapter", "tainted", ["guide"])
