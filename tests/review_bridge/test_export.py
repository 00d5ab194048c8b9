"""Exports: which samples, which fields, and that no line of a withdrawn source gets out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from review_samples import decision, draft, planned, revision, source

from generation.readings import Reading
from generation.samples import State
from review_bridge.export import DEFAULT_STATES, export_records, write_jsonl
from review_bridge.parts import DecidedPart, DraftedPart, Part, PlannedPart, RetractedPart, RevisedPart
from review_bridge.record import record_of, stable

HERE = source()
THERE = source("another", "f" * 64)
FIELDS = [
    "id", "kind", "language", "axis", "specialty", "condition", "state", "reasons", "simulated", "split", "source",
    "evidence", "target", "levels", "question", "options", "answer", "rationale", "turns", "report", "citations",
    "draft", "revision", "provenance",
]  # fmt: skip


def parts(slot: int = 0, *reasons: str, of: Any = HERE, host: str = "node-1", readable: bool = True) -> list[Part]:
    item, written = planned(slot, of), draft(host=host)
    revised = revision(written, reasons, readable, host)
    return [PlannedPart(item), DraftedPart(item.id, of, written), RevisedPart(item.id, of, revised)]


def decided(slot: int, kind: str, **fields: Any) -> Part:
    return DecidedPart(decision(planned(slot).id, 1, kind, **fields), HERE)


def exported(run: Any, held: list[Part], states: Any = "all", **options: Any) -> list[dict[str, Any]]:
    async def scenario(place: Any) -> list[dict[str, Any]]:
        await place.store.merge(held)
        return [record async for record in export_records(place.store, states, place.tombs, **options)]

    return run(scenario)


class TestRecord:
    def test_all_fields_are_there_in_order(self, run: Any) -> None:
        [record] = exported(run, parts())
        assert [*record] == FIELDS
        assert record["source"] == {
            "id": "guide", "title": "A guide", "licence": "CC-BY-4.0", "sha256": HERE.version
        }  # fmt: skip
        assert record["split"] == "train"
        assert [*record["evidence"][0]] == ["id", "text", "page", "start", "end"]
        assert record["options"][1] == {"id": "B", "text": "Disc extrusion at L3/L4", "role": "adjacent_level"}
        assert record["target"] == {"finding": "disc_extrusion", "level": "L4/L5"}
        assert (record["question"], record["citations"]) == ("What is seen?", ["p1s1"])
        assert [*record["draft"]] == ["raw", "parsed"]
        assert [*record["revision"]] == ["raw", "parsed", "changed", "stands", "verdicts"]
        assert record["revision"]["verdicts"] == [
            {"criterion": "answerable", "version": "1", "pass": True, "why": "because"}
        ]
        assert record["provenance"]["draft"]["host"] == "node-1"
        assert record["provenance"]["decisions"] == []

    def test_what_its_source_was_read_as(self, run: Any) -> None:
        read = Reading(specialty="spine", condition="scoliosis", vocabulary="orthopaedics@1")
        item = planned().model_copy(update={"reading": read})
        records = exported(run, [PlannedPart(item), PlannedPart(planned(1))])
        found = {one["id"]: (one["specialty"], one["condition"]) for one in records}
        assert found == {item.id: ("spine", "scoliosis"), planned(1).id: (None, None)}

    def test_a_planned_sample_has_no_text(self, run: Any) -> None:
        [record] = exported(run, parts()[:1])
        assert [*record] == FIELDS
        assert (record["question"], record["rationale"], record["citations"]) == (None, None, [])
        assert (record["draft"], record["revision"]) == (None, None)
        assert record["answer"] == "A"

    def test_a_drafted_sample_has_its_drafts(self, run: Any) -> None:
        [record] = exported(run, parts()[:2])
        assert record["question"] == "A draft's question?"
        assert record["revision"] is None

    def test_a_sample_whose_plan_has_not_come(self, run: Any) -> None:
        [record] = exported(run, parts()[1:])
        assert [*record] == FIELDS
        assert (record["kind"], record["evidence"], record["source"]["sha256"]) == (None, [], HERE.version)

    def test_an_unreadable_revision_has_no_text(self, run: Any) -> None:
        [record] = exported(run, parts(0, "unreadable", readable=False))
        assert (record["question"], record["reasons"], record["state"]) == (None, ["unreadable"], "held")

    def test_an_edit_lies_on_top(self, run: Any) -> None:
        [record] = exported(run, [*parts(), decided(0, "edited", changes={"rationale": "Better."}, simulated=True)])
        assert (record["question"], record["rationale"]) == ("What is seen?", "Better.")
        assert record["revision"]["parsed"]["rationale"] == "The report says so."
        assert (record["state"], record["simulated"]) == ("edited", True)

    def test_one_simulated_decision_marks_it_for_good(self, run: Any) -> None:
        second = DecidedPart(decision(planned().id, 2, "rejected"), HERE)
        [record] = exported(run, [*parts(), decided(0, "accepted", simulated=True), second])
        assert record["simulated"] is True
        assert [one["kind"] for one in record["provenance"]["decisions"]] == ["accepted", "rejected"]

    def test_the_newest_whole_round_counts(self, run: Any) -> None:
        newer = draft(1)
        second: list[Part] = [
            DraftedPart(planned().id, HERE, newer),
            RevisedPart(planned().id, HERE, revision(newer, question="Newer?")),
            DraftedPart(planned().id, HERE, draft(2)),
        ]
        [record] = exported(run, [*parts(), *second])
        assert record["question"] == "Newer?"
        assert record["draft"]["raw"] == newer.raw


HELD = [
    *parts(0), *parts(1, "level"), *parts(2)[:1], *parts(3)[:2], *parts(4), decided(4, "accepted"),
    *parts(5), decided(5, "rejected"), *parts(6), decided(6, "edited", changes={"question": "x"}),
    *parts(7), RetractedPart(planned(7).id, "withdrawn"), *parts(0, of=THERE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("states", "found"),
    [
        (DEFAULT_STATES, {"queued", "accepted", "edited"}),
        ("all", {"planned", "drafted", "queued", "held", "accepted", "edited", "rejected"}),
        ([State.HELD, State.RETRACTED], {"held"}),
        ([], set()),
    ],
)
def test_states(run: Any, states: Any, found: set[str]) -> None:
    records = exported(run, HELD, states)
    assert {record["state"] for record in records} == found
    assert [record["id"] for record in records] == sorted(record["id"] for record in records)


class TestWithdrawal:
    def test_a_source_withdrawn_before_leaves_no_line(self, run: Any, tmp_path: Path) -> None:
        async def scenario(place: Any) -> None:
            await place.store.merge(HELD)
            place.tombs.names.add(HERE.id)
            found = await write_jsonl(tmp_path / "out.jsonl", place.store, "all", place.tombs)
            assert (found.records, found.withdrawn) == (1, 0)

        run(scenario)

    @pytest.mark.parametrize("reads", [1, 2, 3])
    @pytest.mark.parametrize("name", [HERE.id, HERE.version])
    def test_one_withdrawn_while_it_runs_leaves_none(self, run: Any, tmp_path: Path, reads: int, name: str) -> None:
        calls = 0

        async def tombstoned(names: Any) -> set[str]:
            nonlocal calls
            calls += 1
            return {name, THERE.id} & {*names} if calls > reads else {THERE.id} & {*names} if calls > 1 else set()

        async def scenario(place: Any) -> Any:
            await place.store.merge(HELD)
            return await write_jsonl(tmp_path / "out.jsonl", place.store, "all", tombstoned)

        found = run(scenario)
        lines = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
        assert len(lines) == found.records
        # A tombstone that only a third look would show comes after the last look: the file was moved before it.
        left = {HERE.id} if reads == 3 else set()
        assert {line["source"]["id"] for line in lines} == left
        assert [file.name for file in tmp_path.iterdir()] == ["out.jsonl"]


class TestFile:
    def test_canonical_bytes_do_not_depend_on_times_hosts_or_order(self, run: Any, tmp_path: Path) -> None:
        async def scenario(place: Any) -> tuple[bytes, bytes]:
            written = []
            for n, host in enumerate(("node-1", "node-2")):
                await place.database["samples"].delete_many({})
                held = [*parts(0, host=host), *parts(1, host=host), decided(1, "accepted", when=f"2026-11-2{n}")]
                await place.store.merge(held[:: 1 - 2 * n])
                path = tmp_path / f"{n}.jsonl"
                await write_jsonl(path, place.store, DEFAULT_STATES, place.tombs, canonical=True)
                written.append(path.read_bytes())
            return written[0], written[1]

        first, second = run(scenario)
        assert first == second
        assert b"node-" not in first
        assert [*orjson.loads(first.splitlines()[0])] == sorted(FIELDS)

    def test_a_failure_leaves_the_old_file_and_nothing_beside(self, run: Any, tmp_path: Path) -> None:
        path = tmp_path / "out.jsonl"
        path.write_text("old")

        async def broken(names: Any) -> set[str]:
            raise ConnectionError

        async def scenario(place: Any) -> None:
            await place.store.merge(parts())
            with pytest.raises(ConnectionError):
                await write_jsonl(path, place.store, "all", broken)

        run(scenario)
        assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("out.jsonl", "old")]

    def test_nothing_to_export_is_an_empty_file(self, run: Any, tmp_path: Path) -> None:
        async def scenario(place: Any) -> None:
            found = await write_jsonl(tmp_path / "out.jsonl", place.store, DEFAULT_STATES, place.tombs)
            assert (found.records, found.path.read_bytes()) == (0, b"")

        run(scenario)

    def test_more_than_one_batch(self, run: Any, tmp_path: Path) -> None:
        async def scenario(place: Any) -> None:
            await place.store.merge([PlannedPart(planned(slot)) for slot in range(1100)])
            found = await write_jsonl(tmp_path / "out.jsonl", place.store, "all", place.tombs)
            assert found.records == 1100

        run(scenario)


def test_stable_leaves_times_and_hosts_out_at_any_depth() -> None:
    value = {"host": 1, "a": [{"when": 2, "b": {"seconds": 3, "at": 4, "c": 5}}], "tokens": 6}
    assert stable(value) == {"a": [{"b": {"c": 5}}], "tokens": 6}


def test_a_canonical_record_is_the_plain_one_without_them(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge([*parts(), decided(0, "accepted")])
        sample = await place.store.get(planned().id)
        plain, canonical = record_of(sample), record_of(sample, canonical=True)
        assert canonical == plain | {"provenance": stable(plain["provenance"])}
        assert canonical["provenance"] != plain["provenance"]

    run(scenario)
