"""Items from bench-split sources: what their plans decided, and nothing of other splits."""

from __future__ import annotations

from bench.items import Origin
from bench.items.from_sources import source_items
from generation.cases import CASE_MEDIA_TYPE, Case
from generation.findings import could_be_true, states
from generation.ids import source_version
from generation.items import Kind, Role
from generation.planning import make_plan
from generation.sources import Language, SourceRef, Split
from streams.intake.documents import read_document
from streams.payloads import PlanMade, Wanted
from tests.bench.conftest import Run, Stand

TEXT = """Findings

At L4/L5 there is a left-sided disc extrusion. A disc bulge is seen at L3/L4. There is severe central canal stenosis at
L4/L5. A laminectomy was performed at L4/L5 in the same session. There is grade II spondylolisthesis at L5/S1.
"""
WANTED = (Wanted(kind=Kind.MCQ, language=Language.EN),)


async def _plan(stand: Stand, name: str, split: Split, content: bytes, media_type: str = "text/plain") -> None:
    of = SourceRef(id=name, version=source_version(content), title=name, split=split, media_type=media_type)
    await stand.sources.register(of, content, name, WANTED, None)
    plan = make_plan(of, read_document(TEXT.encode(), "text/plain"), Kind.MCQ, Language.EN)
    blob = await stand.blobs.put(plan.model_dump_json().encode())
    made = PlanMade(id=plan.id, kind=Kind.MCQ, language=Language.EN, items=len(plan.items))
    await stand.sources.record_plan(of, made, plan.plan_version, blob)


def test_plans_of_the_bench_split_give_items(run: Run) -> None:
    async def work(stand: Stand) -> None:
        await _plan(stand, "guide", Split.BENCH, TEXT.encode())
        items = await source_items(stand.sources, stand.blobs)
        assert len({item.axis for item in items}) >= 2
        said = [sentence.plain for p in read_document(TEXT.encode(), "text/plain").passages for sentence in p.sentences]
        for item in items:
            assert (item.origin, item.case, item.source, item.phantom) == (Origin.SOURCE, "guide", "guide", False)
            assert item.right.role is Role.ANSWER
            for option in item.options:
                assert option.claim is not None
                if option.id == item.answer:
                    assert any(states(option.claim, one) for one in said)
                    assert option.claim.level in item.passage
                else:
                    assert not could_be_true(option.claim, said)
        assert len({item.right.text for item in items}) == len(items)
        assert await source_items(stand.sources, stand.blobs) == items

    run(work)


def test_other_splits_and_withdrawn_sources_give_none(run: Run) -> None:
    async def work(stand: Stand) -> None:
        await _plan(stand, "train", Split.TRAIN, TEXT.encode())
        await _plan(stand, "final", Split.FINAL, TEXT.encode() + b" ")
        assert await source_items(stand.sources, stand.blobs) == []
        await _plan(stand, "gone", Split.BENCH, TEXT.encode() + b"  ")
        assert await source_items(stand.sources, stand.blobs)
        await stand.sources.withdraw("gone", "Dr Wu", "no consent", None)
        assert await source_items(stand.sources, stand.blobs) == []

    run(work)


def test_a_case_belongs_to_its_patient_and_a_phantom_is_marked(run: Run) -> None:
    async def work(stand: Stand) -> None:
        for study in ("1.2.3", "1.2.4"):
            case = Case(study=study, patient="pseudonym-1", epoch="e", language=Language.EN, report=TEXT, phantom=True)
            await _plan(stand, case.source_id, Split.BENCH, case.content(), CASE_MEDIA_TYPE)
        items = await source_items(stand.sources, stand.blobs)
        assert {item.case for item in items} == {"pseudonym-1"}
        assert len({item.source for item in items}) == 2
        assert all(item.phantom for item in items)

    run(work)
