"""`dataset` and what `lineage` and `sources withdraw` say of datasets, on a store that the test fills itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from bench.items.item import BenchItem, BenchOption, Origin
from generation.items import Evidence
from generation.samples import Decision, DecisionKind
from generation.sources import Language
from review_bridge.parts import DecidedPart
from review_bridge.snapshots.export import FORMATS
from spinestream.cli.dataset import FORMS
from spinestream.embedded import Servers
from spinestream.settings import load
from spinestream.wiring import Parts, broker_settings
from streams import topics
from streams.broker import Broker
from tests.spinestream.cli.conftest import Desk
from tests.spinestream.cli.items import planned_item, revised_parts


def accepted(desk: Desk, source: str, *texts: str, simulated: bool = False) -> list[str]:
    """Take a source in with an accepted sample for each text; returns their ids."""
    version = desk.source(source, source.encode())
    ids = []
    for slot, text in enumerate(texts):
        item = planned_item(source, version, slot)
        evidence = (Evidence(id="p1s1", text=text, start=0, end=len(text)),)
        item = item.model_copy(update={"evidence": evidence})
        decided = Decision(
            id=f"{item.id}:1", item=item.id, seq=1, kind=DecisionKind.ACCEPTED, who="Dr Li", when="now",
            simulated=simulated,
        )  # fmt: skip
        desk.take_in([*revised_parts(item), DecidedPart(decided, item.source)])
        ids.append(item.id)
    return ids


def text(number: int) -> str:
    return " ".join(f"w{number}x{one}" for one in range(30))


def test_freeze_list_show_and_export(desk: Desk, tmp_path: Path) -> None:
    first, *alike = accepted(desk, "guide", text(1), text(2), text(2))
    made = desk.call("dataset", "snapshot", "--who", "Dr Wu", "--why", "first look", "--json").json
    assert (made["samples"], made["simulated"]) == (2, False)
    card = made["card"]
    assert (card["left_out"]["duplicate"], card["request"]["who"], card["request"]["why"]) == (1, "Dr Wu", "first look")
    assert (card["request"]["accepted"], card["cleaning"]["bench"]) == (3, None)
    [listed] = desk.call("dataset", "list", "--json").json
    assert (listed["digest"], listed["requests"], listed["withdrawn"]) == (made["snapshot"], [made["request"]], [])
    shown = desk.call("dataset", "show", made["snapshot"][:10], "--json").json
    assert shown["card"] == card
    assert desk.call("dataset", "show", "--json").json == shown
    for form in FORMS:
        out = tmp_path / form
        done = desk.call("dataset", "export", "--format", form, "--out", str(out), "--json").json
        assert (done["records"], done["withdrawn"], done["snapshot"]) == (2, 0, made["snapshot"])
    lines = [json.loads(line) for line in (tmp_path / "sharegpt").read_text().splitlines()]
    assert lines == parquet.read_table(tmp_path / "parquet").to_pylist()
    assert {line["id"] for line in lines} == {first, min(alike)}
    assert [one["from"] for one in lines[0]["conversations"]] == ["human", "gpt"]


def test_the_names_of_forms_are_those_that_can_be_written() -> None:
    assert tuple(FORMATS) == FORMS


def test_simulated_samples_only_where_asked_for_and_told(desk: Desk) -> None:
    accepted(desk, "guide", text(1))
    accepted(desk, "notes", text(2), simulated=True)
    plain = desk.call("dataset", "snapshot")
    assert plain.code == 0
    assert "1 samples (1 accepted)" in plain.out
    assert "left out: 1 simulated" in plain.out
    marked = desk.call("dataset", "snapshot", "--simulated")
    assert "simulated: 1 samples, phantom: 0 samples" in marked.out
    assert "no bench is known: overlap was not looked for" in marked.out
    listed = desk.call("dataset", "list").out.splitlines()
    assert [line.split()[:4] for line in listed[1:]] == [
        [marked.out.splitlines()[0], "2", "yes,", "1"], [plain.out.splitlines()[0], "1", "no", "0"]
    ]  # fmt: skip


def test_a_withdrawn_source_marks_and_leaves_no_line(desk: Desk, tmp_path: Path) -> None:
    [gone] = accepted(desk, "guide", text(1))
    [stays] = accepted(desk, "notes", text(2))
    digest = desk.call("dataset", "snapshot", "--json").json["snapshot"]
    told = desk.call("sources", "withdraw", "guide", "--who", "Dr Wu", "--why", "no consent", "--json").json
    assert told["snapshots_marked"] == 1
    assert "withdrawn since: guide" in desk.call("dataset", "show").out
    answer = desk.call("dataset", "export", "--out", str(tmp_path / "out"))
    assert answer.out == f"1 records in {tmp_path / 'out'}, 1 left out as withdrawn\n"
    [line] = (tmp_path / "out").read_text().splitlines()
    assert (json.loads(line)["id"], gone in line) == (stays, False)
    [held] = desk.call("lineage", gone, "--json").json["snapshots"]
    assert (held["digest"], held["withdrawn"]) == (digest, ["guide"])
    again = desk.call("dataset", "snapshot", "--json").json
    assert (again["samples"], again["card"]["left_out"]["withdrawn"]) == (1, 1)


def test_lineage_goes_from_a_sample_to_its_datasets_and_from_those_to_their_sources(desk: Desk) -> None:
    [item] = accepted(desk, "guide", text(1))
    assert desk.call("lineage", item, "--json").json["snapshots"] == []
    digest = desk.call("dataset", "snapshot", "--json").json["snapshot"]
    assert [one["digest"] for one in desk.call("lineage", item, "--json").json["snapshots"]] == [digest]
    found = desk.call("lineage", digest, "--json").json
    assert (found["kind"], found["samples"], [one["id"] for one in found["sources"]]) == ("snapshot", 1, ["guide"])
    assert digest in desk.call("lineage", item).out


def test_nothing_accepted_is_a_dataset_and_a_strange_name_a_usage_error(desk: Desk, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    for arguments in (("show",), ("export", "--out", out)):
        answer = desk.call("dataset", *arguments)
        assert (answer.code, answer.err) == (
            2, "spinestream: there is no snapshot yet; make one with `dataset snapshot`\n"
        )  # fmt: skip
    assert "0 samples" in desk.call("dataset", "snapshot").out
    for arguments in (("show", "beef"), ("export", "beef", "--out", out)):
        answer = desk.call("dataset", *arguments)
        assert (answer.code, answer.err) == (
            2, "spinestream: there is no snapshot beef; `dataset list` shows those there are\n"
        )  # fmt: skip
    assert desk.call("dataset", "export", "--out", str(tmp_path / "no" / "out")).code == 2
    assert not Path(out).exists()


def test_a_broker_that_runs_hears_of_the_request_once_it_is_made(
    desk: Desk, servers: Servers, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in servers.addresses.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SPINESTREAM_KAFKA_PREFIX", topic_prefix)
    broker = Broker(broker_settings(servers.addresses))
    broker.ensure_topics()
    desk.call("dataset", "snapshot")
    assert broker.states("snapshots", [topics.SNAPSHOT_REQUESTS.name])[topics.SNAPSHOT_REQUESTS.name, 0].end == 1

    async def look(parts: Parts) -> Any:
        return await parts.snapshots.requests.documents.find_one()

    stored = desk.on_parts(look)
    assert (stored["unsent"], "result" in stored) == (False, True)


def test_the_threshold_is_a_setting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted(desk, "guide", text(1), text(1) + " and " + text(2))
    assert desk.call("dataset", "snapshot", "--json").json["samples"] == 2
    monkeypatch.setenv("SPINESTREAM_DATASETS__DUPLICATE", "0.3")
    assert load(desk.place).datasets.duplicate == 0.3
    made = desk.call("dataset", "snapshot", "--json").json
    assert (made["samples"], made["card"]["cleaning"]["duplicate"]) == (1, 0.3)


def test_a_bench_that_no_role_has_heard_of_is_kept_out_all_the_same(desk: Desk) -> None:
    accepted(desk, "guide", text(1), text(2))

    async def publish(parts: Parts) -> str:
        options = (BenchOption(id="A", text="Disc extrusion at L4/L5"), BenchOption(id="B", text="Nothing"))
        asked = {"passage": text(1), "question": "What is seen?", "options": options, "answer": "A"}
        item = BenchItem(id="i", axis="pathology", language=Language.EN, case="c", origin=Origin.SOURCE, **asked)
        return (await parts.versions.make([item], "a look", None)).bench

    bench = desk.on_parts(publish)
    made = desk.call("dataset", "snapshot", "--json").json
    assert (made["samples"], made["card"]["left_out"]["overlap"]) == (1, 1)
    assert made["card"]["cleaning"]["bench"] == bench
    assert f"overlap taken out with bench {bench[:12]}" in desk.call("dataset", "show").out
