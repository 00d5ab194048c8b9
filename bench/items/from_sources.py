"""Items from sources of split `bench`: what their plans decided, with a question from a template."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, NamedTuple

from bench.items.item import BenchItem, BenchOption, Origin
from bench.items.naming import bench_id
from bench.items.questions import questions
from generation.cases import CASE_MEDIA_TYPE, Case
from generation.items import Kind, Plan, PlannedItem
from generation.sources import Split
from streams.blobs import BlobStore
from streams.sources import Sources


class Whose(NamedTuple):
    """What an item belongs to."""

    case: str
    """The patient's pseudonym, or the document."""
    phantom: bool


async def source_items(sources: Sources, blobs: BlobStore) -> list[BenchItem]:
    """Return an item for every statement that the plans of `bench` sources ask about, in the order of ids.

    Sources that are withdrawn, and versions that a newer one took the place of, give none.
    """
    found = {item.id: item async for item in _items(sources, blobs)}
    return [found[id_] for id_ in sorted(found)]


async def _items(sources: Sources, blobs: BlobStore) -> AsyncIterator[BenchItem]:
    known = [one for one in await sources.known() if one["split"] == Split.BENCH and not one.get("superseded_by")]
    gone = await sources.withdrawn({one["id"] for one in known})
    for one in known:
        if one["id"] in gone:
            continue
        whose = await _whose(one, blobs)
        async for record in sources.plans.find({"source_version": one["_id"], "kind": Kind.MCQ.value}):
            plan = Plan.model_validate_json(await blobs.get(record["blob"]))
            for item in planned_items(plan, whose):
                yield item


async def _whose(source: Mapping[str, Any], blobs: BlobStore) -> Whose:
    """A case belongs to its patient, who may have more than one; a document to itself."""
    if source["media_type"] != CASE_MEDIA_TYPE:
        return Whose(str(source["id"]), phantom=False)
    case = Case.model_validate_json(await blobs.get(source["blob"]))
    return Whose(case.patient, case.phantom)


def planned_items(plan: Plan, whose: Whose) -> Iterator[BenchItem]:
    """Give the items of a plan; a statement that is asked about again with other options gives its first item only."""
    asked: set[str] = set()
    for item in plan.items:
        name = item.target.model_dump_json()
        if item.kind is Kind.MCQ and item.source.split is Split.BENCH and name not in asked:
            asked.add(name)
            yield _of_planned(item, whose)


def _of_planned(item: PlannedItem, whose: Whose) -> BenchItem:
    words = questions()
    return BenchItem(
        id=bench_id("source", item.id, words.version),
        axis=item.axis.value,
        language=item.language,
        level=item.target.level,
        condition=(item.reading.condition if item.reading else None) or item.target.finding,
        case=whose.case,
        source=item.source.id,
        passage=" ".join(sentence.text for sentence in item.evidence),
        question=words.planned[item.axis][item.language],
        options=tuple(BenchOption(id=o.id, text=o.text, role=o.role, claim=o.claim) for o in item.options),
        answer=item.answer,
        origin=Origin.SOURCE,
        template=f"planned@{words.version}",
        phantom=whose.phantom,
    )
