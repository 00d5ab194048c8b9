"""Where the sources of a run stand, counted on a real store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from generation.ids import item_id, plan_id
from generation.items import Kind
from generation.planning import PLAN_VERSION
from generation.sources import Document, Language
from review_bridge import SampleCounts
from review_bridge.parts import DeadPart, PlannedPart, RetractedPart
from spinestream.running.kinds import by_kind, kinds
from spinestream.running.report import Standing, standing
from spinestream.wiring import Parts
from spinestream.withdrawal import withdraw_source
from spinestream.workdir import Workdir
from streams.payloads import PlanMade, Wanted
from tests.spinestream.cli.front_door import LUMBAR, NECK, NECK_SIDE_FILE
from tests.spinestream.cli.items import planned_item, revised_parts
from tests.spinestream.test_run_register import OnParts, _register, on_parts, place

__all__ = ["on_parts", "place"]


async def _planned(parts: Parts, version: str, items: int) -> list[str]:
    """Write a plan of a source, as the plan stage does; returns the ids of its items."""
    [source] = await parts.sources.known([version])
    reference = planned_item(source["id"], version, 0).source
    plan = plan_id(version, PLAN_VERSION, "mcq", "en")
    made = PlanMade(id=plan, kind=Kind.MCQ, language=Language.EN, items=items)
    await parts.sources.record_plan(reference, made, PLAN_VERSION, "0" * 64)
    return [item_id(version, PLAN_VERSION, "mcq", "en", slot) for slot in range(items)]


async def _two_sources(parts: Parts, place: Workdir, tmp_path: Path) -> Sequence[str]:
    (tmp_path / "a.md").write_text(LUMBAR)
    (tmp_path / "neck.txt").write_text(NECK)
    (tmp_path / "neck.meta.yaml").write_text(NECK_SIDE_FILE)
    return (await _register(parts, place, tmp_path / "a.md", tmp_path / "neck.txt")).versions


def _short(now: Standing) -> dict[str, Any]:
    names = ("sources", "planned", "unplanned", "missing", "open", "finished", "retracted", "dead")
    return {name: getattr(now, name) for name in names}


def test_standing_from_registered_to_planned(on_parts: OnParts, place: Workdir, tmp_path: Path) -> None:
    async def test(parts: Parts) -> None:
        first, second = await _two_sources(parts, place, tmp_path)
        now = _short(await standing(parts, [first, second]))
        assert (now["unplanned"], now["open"], now["finished"]) == (2, 2, False)
        await _planned(parts, first, 2)
        await _planned(parts, second, 0)
        now = _short(await standing(parts, [first, second]))
        assert (now["unplanned"], now["missing"], now["open"]) == (0, 2, 2)
        assert (await standing(parts, [second])).finished
        await parts.store.merge([PlannedPart(planned_item("x", first, slot)) for slot in range(2)])
        now = _short(await standing(parts, [first, second]))
        assert (now["missing"], now["open"], now["finished"]) == (0, 2, False)

    on_parts(test)


def test_samples_of_a_withdrawn_source_stand_for_no_other_s_items(
    on_parts: OnParts, place: Workdir, tmp_path: Path
) -> None:
    """Two retracted samples of one source must not make two missing ones of another look finished."""

    async def test(parts: Parts) -> None:
        first, second = await _two_sources(parts, place, tmp_path)
        await _planned(parts, first, 2)
        await _planned(parts, second, 2)
        gone = [planned_item("neck-notes", second, slot) for slot in range(2)]
        await parts.store.merge([PlannedPart(item) for item in gone])
        await withdraw_source(parts, "neck-notes", "Dr Li", "consent")
        now = _short(await standing(parts, [first, second]))
        assert (now["planned"], now["missing"], now["retracted"], now["finished"]) == (2, 2, 2, False)

    on_parts(test)


def test_a_withdrawal_that_was_cut_off_before_its_sweep_is_open(
    on_parts: OnParts, place: Workdir, tmp_path: Path
) -> None:
    async def test(parts: Parts) -> None:
        _, second = await _two_sources(parts, place, tmp_path)
        [item] = await _planned(parts, second, 1)
        await parts.store.merge([PlannedPart(planned_item("neck-notes", second, 0))])
        await parts.sources.withdraw("neck-notes", "Dr Li", "consent", None)
        assert (await standing(parts, [second])).open == 1
        await parts.store.merge([RetractedPart(item, "consent")])
        assert (await standing(parts, [second])).finished

    on_parts(test)


def test_dead_items_are_settled_and_told_by_reason_unless_withdrawn(
    on_parts: OnParts, place: Workdir, tmp_path: Path
) -> None:
    async def test(parts: Parts) -> None:
        _, second = await _two_sources(parts, place, tmp_path)
        await _planned(parts, second, 1)
        item = planned_item("neck-notes", second, 0)
        await parts.store.merge(
            [PlannedPart(item), DeadPart(item.id, item.source, "letter:1", "draft", "prompt-too-long", ("d", 0, 0))]
        )
        now = await standing(parts, [second])
        assert (now.finished, now.dead) == (True, {"prompt-too-long": 1})
        await withdraw_source(parts, "neck-notes", "Dr Li", "consent")
        assert (await standing(parts, [second])).dead == {}

    on_parts(test)


def _stuck(**more: int) -> Standing:
    none = dict.fromkeys(
        ("planned", "drafted", "queued", "held", "accepted", "edited", "rejected", "retracted", "dead"), 0
    )
    counts = SampleCounts(
        **{**none, "planned": more.get("drafts", 0), "drafted": more.get("revisions", 0)},
        held_by_reason={},
        dead_by_why={},
        open=more.get("drafts", 0) + more.get("revisions", 0),
        open_planned=more.get("drafts", 0),
    )
    return Standing(
        sources=1, withdrawn=0, passages=1, planned=counts.total + more.get("missing", 0),
        unplanned=more.get("unplanned", 0), samples=counts, retracted=0, unswept=more.get("unswept", 0),
        dead_sources={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("open_work", "paused", "moves"),
    [
        ({"drafts": 2}, ["draft"], False),
        ({"drafts": 2}, ["revise"], True),
        ({"drafts": 2, "revisions": 1}, ["draft"], True),
        ({"revisions": 1}, ["read", "draft", "revise"], False),
        ({"unplanned": 1}, ["read"], False),
        ({"unplanned": 1}, ["plan", "draft"], False),
        ({"unplanned": 1}, ["draft", "revise"], True),
        ({"missing": 1}, ["intake", "read", "plan", "draft", "revise"], True),
        ({"unswept": 1}, ["draft"], True),
        ({}, ["draft"], False),
    ],
)
def test_what_waits_only_for_paused_stages_does_not_move(
    open_work: dict[str, int], paused: list[str], moves: bool
) -> None:
    assert _stuck(**open_work).moves(paused) is moves


def test_a_source_whose_language_is_not_known_yet_is_unplanned(
    on_parts: OnParts, place: Workdir, tmp_path: Path
) -> None:
    async def test(parts: Parts) -> None:
        first, _ = await _two_sources(parts, place, tmp_path)
        await _planned(parts, first, 0)
        assert (await standing(parts, [first])).finished
        await parts.sources.ask(first, [Wanted(kind=Kind.REPORT)], None)
        assert (await standing(parts, [first])).unplanned == 1
        document = Document(language=Language.EN, characters=1, passages=())
        await parts.sources.record_split(first, "0" * 64, document)
        assert (await standing(parts, [first])).unplanned == 1
        [source] = await parts.sources.known([first])
        made = PlanMade(
            id=plan_id(first, PLAN_VERSION, "report", "en"), kind=Kind.REPORT, language=Language.EN, items=0
        )
        await parts.sources.record_plan(planned_item(source["id"], first, 0).source, made, PLAN_VERSION, "0" * 64)
        assert (await standing(parts, [first])).finished

    on_parts(test)


def test_kinds_are_told_by_language_with_their_queued_share(on_parts: OnParts, place: Workdir, tmp_path: Path) -> None:
    async def test(parts: Parts) -> None:
        first, second = await _two_sources(parts, place, tmp_path)
        await _planned(parts, first, 3)
        await _planned(parts, second, 1)
        items = [planned_item("x", first, slot) for slot in range(3)]
        held = [*revised_parts(items[0]), *revised_parts(items[1], ["wrong-level"]), PlannedPart(items[2])]
        await parts.store.merge(held)
        [one] = await kinds(parts, [first, second])
        assert (one.kind, one.language, one.planned, one.queued, one.held, one.dead) == ("mcq", "en", 4, 1, 1, 0)
        assert by_kind([one])["mcq"]["en"]["queued_share"] == 0.5
        await withdraw_source(parts, "neck-notes", "Dr Li", "consent")
        assert [one.planned for one in await kinds(parts)] == [3]
        assert [(await kinds(parts, [second]))] == [()]

    on_parts(test)
