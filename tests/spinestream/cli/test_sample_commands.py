"""`samples` on a store that the test fills itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from review_bridge.parts import PlannedPart
from tests.spinestream.cli.conftest import Desk
from tests.spinestream.cli.items import planned_item, revised_parts


def _states(desk: Desk, *more: str) -> dict[str, str]:
    return {one["id"]: one["state"] for one in desk.call("samples", "list", "--json", *more).json}


def test_list_by_state_source_and_number(desk: Desk) -> None:
    queued, held = desk.samples("guide", (), ("cut-off",))
    [other] = desk.samples("notes", ())
    assert _states(desk) == {queued: "queued", held: "held", other: "queued"}
    assert set(_states(desk, "--state", "queued")) == {queued, other}
    assert set(_states(desk, "--state", "held, accepted")) == {held}
    assert set(_states(desk, "--source", "guide")) == {queued, held}
    limited = desk.call("samples", "list", "--limit", "1", "--json")
    assert len(limited.json) == 1
    [one] = desk.call("samples", "list", "--json", "--state", "held").json
    assert one == {
        "id": held, "kind": "mcq", "language": "en", "state": "held", "source": "guide", "levels": ["L4/L5"],
        "question": "What is [seen] here?", "begins": "What is [seen] here?", "reasons": ["cut-off"],
    }  # fmt: skip


def test_lists_for_people_keep_ids_whole_and_text_as_it_is(desk: Desk) -> None:
    [item] = desk.samples("guide", ())
    listed = desk.call("samples", "list").out
    assert item in listed
    assert "What is [seen] here?" in listed
    sources = desk.call("sources", "list").out
    assert sources.splitlines()[0].startswith("guide  version ")
    assert "live · not read · 1 items, 1 queued · split train · guide.txt" in sources


def test_show_puts_the_sample_beside_its_evidence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    [item] = desk.samples("guide", ())
    monkeypatch.setenv("COLUMNS", "150")
    told = desk.call("samples", "show", item)
    for words in (
        "L4/L5 shows a disc extrusion.",
        "What is [seen] here?",
        "The report says so.",
        "cites p1s1",
        "A guide",
    ):
        assert words in told.out
    first = told.out.splitlines()[0]
    assert ("evidence" in first, f"mcq {item[:8]} · queued" in first) == (True, True)
    monkeypatch.setenv("COLUMNS", "60")
    assert "mcq" not in desk.call("samples", "show", item).out.splitlines()[0]
    record = desk.call("samples", "show", item, "--json").json
    assert (record["id"], record["answer"], record["state"]) == (item, "A", "queued")


@pytest.mark.parametrize("verb", ["show", "accept", "edit", "reject"])
def test_an_unknown_sample_is_a_usage_error(desk: Desk, verb: str) -> None:
    more = {"edit": ["--question", "A new one?"], "reject": ["--why", "no"]}.get(verb, [])
    answer = desk.call("samples", verb, "nope", *more)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "spinestream: there is no sample nope; `samples list` shows the ids there are\n"


def test_a_queued_sample_is_accepted_and_leaves_the_queue(desk: Desk) -> None:
    [item] = desk.samples("guide", ())
    assert item in desk.queued()
    decision = desk.call("samples", "accept", item, "--who", "Dr Li", "--json").json
    told = {name: decision[name] for name in ("item", "seq", "kind", "who", "why", "changes", "simulated")}
    assert told == {
        "item": item, "seq": 1, "kind": "accepted", "who": "Dr Li", "why": "", "changes": {}, "simulated": False,
    }  # fmt: skip
    assert _states(desk) == {item: "accepted"}
    assert item not in desk.queued()


def test_a_held_sample_is_accepted_only_with_a_reason(desk: Desk) -> None:
    [item] = desk.samples("guide", ("cut-off",))
    answer = desk.call("samples", "accept", item, "--who", "Dr Li")
    assert answer.code == 2
    assert "say why it is good all the same" in answer.err
    assert _states(desk) == {item: "held"}
    assert desk.call("samples", "accept", item, "--who", "Dr Li", "--why", "It is whole.").code == 0
    assert _states(desk) == {item: "accepted"}


def test_a_second_decision_corrects_the_first(desk: Desk) -> None:
    [item] = desk.samples("guide", ())
    desk.call("samples", "accept", item, "--who", "Dr Li")
    edited = desk.call("samples", "edit", item, "--who", "Dr Wu", "--question", "What does the report describe?")
    assert edited.out == f"sample {item} is edited by Dr Wu\n"
    record = desk.call("samples", "show", item, "--json").json
    assert (record["state"], record["question"]) == ("edited", "What does the report describe?")
    assert record["rationale"] == "The report says so."
    assert desk.call("samples", "reject", item, "--who", "Dr Li", "--why", "Off the point.").code == 0
    record = desk.call("samples", "show", item, "--json").json
    assert record["state"] == "rejected"
    assert [one["kind"] for one in record["provenance"]["decisions"]] == ["accepted", "edited", "rejected"]


def test_decisions_that_lack_something_are_refused(desk: Desk) -> None:
    [item] = desk.samples("guide", ())
    for arguments, why in (
        (("edit", "--who", "Dr Li"), "an edit changes something"),
        (("edit", "--who", "Dr Li", "--question", " "), "the new question is empty"),
        (("accept", "--who", " "), "it does not say who decided"),
        (("reject", "--who", "Dr Li", "--why", " "), "a rejection needs a reason"),
    ):
        answer = desk.call("samples", arguments[0], item, *arguments[1:])
        assert answer.code == 2
        assert why in answer.err
    assert _states(desk) == {item: "queued"}


def test_a_sample_that_is_not_revised_yet_cannot_be_decided(desk: Desk) -> None:
    version = desk.source("guide")
    item = planned_item("guide", version, 0)
    desk.take_in([PlannedPart(item)])
    answer = desk.call("samples", "accept", item.id, "--who", "Dr Li")
    assert answer.code == 2
    assert "is planned: only queued, held or decided samples" in answer.err


def test_without_a_login_name_a_decision_has_to_say_who(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    [item] = desk.samples("guide", ())
    answer = desk.call("samples", "accept", item)
    assert answer.code == 2
    assert "give a name" in answer.err


def _export(desk: Desk, out: Path, *more: str) -> list[dict[str, Any]]:
    answer = desk.call("samples", "export", "--out", str(out), *more)
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_export_by_state(desk: Desk, tmp_path: Path) -> None:
    queued, held, accepted, rejected = desk.samples("guide", (), ("cut-off",), (), ())
    desk.call("samples", "accept", accepted, "--who", "Dr Li")
    desk.call("samples", "reject", rejected, "--who", "Dr Li", "--why", "no")
    out = tmp_path / "out.jsonl"
    assert {one["id"] for one in _export(desk, out)} == {queued, accepted}
    assert {one["id"] for one in _export(desk, out, "--state", "held")} == {held}
    whole = _export(desk, out, "--state", "all")
    assert {one["id"]: one["state"] for one in whole} == {
        queued: "queued", held: "held", accepted: "accepted", rejected: "rejected",
    }  # fmt: skip
    keys = (
        "id kind language axis specialty condition state reasons simulated split source evidence target levels "
        "question options answer rationale turns report citations draft revision provenance"
    )
    assert list(whole[0]) == keys.split()


def test_two_canonical_exports_are_the_same_bytes(desk: Desk, tmp_path: Path) -> None:
    desk.samples("guide", (), ("cut-off",), ())
    [first, *_] = desk.samples("notes", (), ())
    desk.call("samples", "accept", first, "--who", "Dr Li")
    for name in ("a", "b"):
        _export(desk, tmp_path / name, "--canonical", "--state", "all")
    content = (tmp_path / "a").read_bytes()
    assert content == (tmp_path / "b").read_bytes()
    records = [json.loads(line) for line in content.splitlines()]
    assert [one["id"] for one in records] == sorted(one["id"] for one in records)
    assert b'"host"' not in content
    assert b'"when"' not in content


def test_export_to_a_place_that_cannot_be_written(desk: Desk, tmp_path: Path) -> None:
    desk.samples("guide", ())
    (tmp_path / "taken").mkdir()
    answer = desk.call("samples", "export", "--out", str(tmp_path / "taken"))
    assert answer.code == 2
    assert "is a directory" in answer.err
    answer = desk.call("samples", "export", "--out", str(tmp_path / "out.jsonl"), "--json")
    assert answer.json == {"out": str(tmp_path / "out.jsonl"), "records": 1, "withdrawn": 0, "format": "jsonl"}


def test_samples_of_markup_do_no_harm(desk: Desk) -> None:
    version = desk.source("guide")
    item = planned_item("guide", version, 0)
    desk.take_in(revised_parts(item, question="What of [/bold] and [red]?"))
    for command in (("samples", "list"), ("samples", "show", item.id), ("lineage", item.id)):
        answer = desk.call(*command)
        assert answer.code == 0
    assert "What of [/bold] and [red]?" in desk.call("samples", "list").out
