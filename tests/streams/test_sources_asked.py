"""Asking for more of a source that is known: more plans, the old ones untouched, whoever asks at once."""

from __future__ import annotations

import asyncio

from generation.ids import plan_id
from generation.items import Kind
from generation.sources import Document, Language
from streams import topics
from streams.outbox import Outbox
from streams.payloads import PlanMade, Wanted
from tests.streams.event_examples import source
from tests.streams.test_sources import Desk, at

__all__ = ["at"]

OF = source(content=b"page 1")
MCQ = Wanted(kind=Kind.MCQ, language=Language.EN)
REPORT = Wanted(kind=Kind.REPORT)
REPORT_EN = Wanted(kind=Kind.REPORT, language=Language.EN)
QA_ZH = Wanted(kind=Kind.OPEN_QA, language=Language.ZH)


async def _ask(desk: Desk, *wanted: Wanted, send: bool = True) -> tuple[Wanted, ...]:
    outbox = Outbox(desk.publisher) if send else None  # type: ignore[arg-type]
    return await desk.mine.ask(OF.version, wanted, outbox)


async def _split(desk: Desk) -> None:
    await desk.mine.record_split(OF.version, "0" * 64, Document(language=Language.EN, characters=6, passages=()))


def test_a_new_kind_is_told_with_all_that_was_wanted_before(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.register(OF, b"page 1")
        await _split(desk)
        assert await _ask(desk, MCQ, REPORT) == (REPORT_EN,)
        first, second = desk.publisher.published
        told = topics.SOURCES.read(second)
        assert told.wanted == (MCQ, REPORT_EN)
        assert (told.source, told.blob, told.name, told.size) == (OF, OF.version, "books/guide.md", 6)
        assert first.id != second.id
        assert (second.key, second.subject) == (OF.version, OF.version)
        found = await desk.mine.documents.find_one({"_id": OF.version})
        assert found is not None
        assert (found["unsent"], found["event"]["id"]) == (False, second.id)

    at(check)


def test_nothing_is_told_of_plans_whose_items_are_all_in_the_store(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.register(OF, b"page 1")
        await _split(desk)
        [known] = await desk.mine.known()
        await desk.mine.mark_complete(known)
        assert await _ask(desk, REPORT, QA_ZH) == (REPORT_EN, QA_ZH)
        assert topics.SOURCES.read(desk.publisher.published[-1]).wanted == (REPORT_EN, QA_ZH)
        [known] = await desk.mine.known()
        assert "complete" not in known
        [(_, plans)] = [one async for one in desk.mine.with_plans("1")]
        assert plans == [None, None, None]

    at(check)


def test_what_is_wanted_already_changes_nothing(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.register(OF, b"page 1")
        assert await _ask(desk, MCQ) == ()
        await _split(desk)
        assert await _ask(desk, Wanted(kind=Kind.MCQ), MCQ) == ()
        assert len(desk.publisher.published) == 1
        assert await desk.mine.ask("f" * 64, (REPORT,), None) == ()

    at(check)


def test_two_who_ask_at_once_both_get_it(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.register(OF, b"page 1")
        outbox = Outbox(desk.publisher)  # type: ignore[arg-type]
        pairs = [Wanted(kind=kind, language=language) for kind in Kind for language in Language]
        await asyncio.gather(
            *((desk.mine, desk.theirs)[n % 2].ask(OF.version, (pair,), outbox) for n, pair in enumerate(pairs))
        )
        [known] = await desk.mine.known()
        assert {Wanted.model_validate(one) for one in known["wanted"]} == set(pairs)
        assert set(topics.SOURCES.read(desk.publisher.published[-1]).wanted) >= {MCQ}

    at(check)


def test_without_a_broker_it_waits_unsent_and_the_sweep_sends_it(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.register(OF, b"page 1")
        await _ask(desk, REPORT, send=False)
        [known] = await desk.mine.known()
        assert known["unsent"] is True
        assert "sent" not in known
        assert await Outbox(desk.publisher).sweep(desk.mine.documents) == 1  # type: ignore[arg-type]
        assert topics.SOURCES.read(desk.publisher.published[-1]).wanted == (MCQ, REPORT)

    at(check)


def test_who_sends_an_old_event_does_not_clear_the_mark_of_a_newer_one(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.register(OF, b"page 1", send=False)
        old = await desk.mine.documents.find_one({"_id": OF.version})
        assert old is not None
        await _ask(desk, REPORT, send=False)
        await Outbox(desk.publisher).send(desk.mine.documents, old)  # type: ignore[arg-type]
        [known] = await desk.mine.known()
        assert known["unsent"] is True

    at(check)


def test_a_source_is_not_complete_by_a_look_from_before_more_was_asked(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.register(OF, b"page 1")
        [before] = await desk.mine.known()
        await _ask(desk, REPORT)
        await desk.mine.mark_complete(before)
        [known] = await desk.mine.known()
        assert "complete" not in known

    at(check)


def test_the_plan_of_a_language_that_is_not_known_yet_is_missing(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.register(OF, b"page 1")
        await _ask(desk, REPORT)
        plan = plan_id(OF.version, "1", "mcq", "en")
        await desk.mine.record_plan(OF, PlanMade(id=plan, kind=Kind.MCQ, language=Language.EN, items=0), "1", "0" * 64)
        [(_, plans)] = [one async for one in desk.mine.with_plans("1")]
        assert [one.id if one else None for one in plans] == [plan, None]

    at(check)
