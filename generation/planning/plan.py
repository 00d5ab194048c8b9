"""From a document to its plan. The same source version, settings and code give the same plan, byte for byte."""

from __future__ import annotations

from itertools import islice

from generation.ids import item_id, plan_id
from generation.items import Kind, Plan, PlannedItem
from generation.planning.content import Asked, Content
from generation.planning.kinds import KINDS
from generation.planning.settings import PlanSettings
from generation.planning.windows import evidence_of, levels_of, support_of
from generation.readings import Reading
from generation.sources import Document, Language, SourceRef

PLAN_VERSION = "2"
"""Raised with every change that alters what a document is asked."""


def make_plan(
    source: SourceRef,
    document: Document,
    kind: Kind = Kind.MCQ,
    language: Language = Language.EN,
    settings: PlanSettings | None = None,
    reading: Reading | None = None,
) -> Plan:
    """Return the plan of a document; its items are in `language`, whatever the document's is.

    Options and answers are worded in that language; evidence stays as it is written. `reading` is set on every item,
    without its provenance, and changes nothing else: no id, no order, no choice.
    """
    asked = Asked(source, document, language, settings or PlanSettings())
    plan = plan_id(source.version, PLAN_VERSION, kind, language)
    read = reading.model_copy(update={"provenance": None}) if reading else None
    contents = islice(KINDS[kind].make(asked), KINDS[kind].most(asked.settings))
    items = tuple(_item(asked, plan, kind, slot, content, read) for slot, content in enumerate(contents))
    return Plan(id=plan, source=source, plan_version=PLAN_VERSION, kind=kind, language=language, items=items)


def _item(asked: Asked, plan: str, kind: Kind, slot: int, content: Content, reading: Reading | None) -> PlannedItem:
    return PlannedItem(
        id=item_id(asked.source.version, PLAN_VERSION, kind, asked.language, slot),
        source=asked.source,
        plan=plan,
        plan_version=PLAN_VERSION,
        slot=slot,
        kind=kind,
        language=asked.language,
        axis=content.axis,
        heading_path=content.heading_path,
        evidence=evidence_of(content.window),
        support=support_of(content.target, content.window),
        target=content.target,
        facts=content.facts,
        levels=levels_of(content.window),
        options=content.options,
        answer=content.answer,
        reading=reading,
        figures=asked.document.figures,
    )
