"""The stage that decides, once, which items a source gives."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import orjson

from generation.ids import plan_id
from generation.items import Kind, Plan
from generation.planning import PLAN_VERSION, PlanSettings, make_plan
from generation.readings import Reading
from generation.sources import Document, Language
from streams import topics
from streams.blobs import BlobStore
from streams.events import Event
from streams.intake.source_stage import SourceStage
from streams.outcomes import Done, Outcome
from streams.payloads import ItemPlanned, PlanMade, SourcePlanned, SourceRead, SourceSplit
from streams.sources import PlanRecord, Sources
from streams.topics import Topic


class PlanStage(SourceStage):
    """`source read` -> the reading on the source's document, then a plan per kind and language, both set if absent ->
    `source planned` and an `item planned` each."""

    group: ClassVar[str] = "plan"
    reads: ClassVar[Topic] = topics.READINGS

    def __init__(self, sources: Sources, blobs: BlobStore, settings: PlanSettings) -> None:
        super().__init__(sources, blobs)
        self._settings = settings

    async def work(self, read: SourceRead) -> Outcome:
        """Plan a source for every kind and language that is wanted of it."""
        source = read.source
        reading = await self._sources.record_reading(source.version, read.reading)
        events: list[Event] = []
        made: list[PlanMade] = []
        for wanted in read.split.wanted:
            language = wanted.language or read.split.language
            record = await self._winner(read.split, reading, wanted.kind, language)
            plan = Plan.model_validate_json(await self._blobs.get(record.blob))
            made.append(PlanMade(id=plan.id, kind=plan.kind, language=plan.language, items=len(plan.items)))
            events += [
                topics.PLANNED.event(ItemPlanned(item=item), key=item.id, subject=item.id, source="plan")
                for item in plan.items
            ]
        planned = SourcePlanned(source=source, plan_version=PLAN_VERSION, plans=tuple(made))
        # More may be asked of a source later: another set of plans is another fact, with an id of its own.
        detail = ",".join(one.id for one in made)
        version = source.version
        events.append(topics.PLANS.event(planned, key=version, subject=version, source="plan", detail=detail))
        return Done(tuple(events))

    async def _winner(self, split: SourceSplit, reading: Reading, kind: Kind, language: Language) -> PlanRecord:
        """Return the plan that is stored, making it when there is none yet."""
        found = await self._sources.plan(plan_id(split.source.version, PLAN_VERSION, kind, language))
        if found is not None:
            return found
        document = Document.model_validate_json(await self._blobs.get(split.document))
        plan = await asyncio.to_thread(make_plan, split.source, document, kind, language, self._settings, reading)
        blob = await self._blobs.put(orjson.dumps(plan.model_dump(mode="json")))
        made = PlanMade(id=plan.id, kind=plan.kind, language=plan.language, items=len(plan.items))
        return await self._sources.record_plan(split.source, made, PLAN_VERSION, blob)
