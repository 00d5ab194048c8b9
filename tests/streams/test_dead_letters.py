"""The contract of dead letters, kept by the collection on a real server: bytes unchanged, counted once, replayed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from pymongo import AsyncMongoClient

from streams.broker import Position
from streams.deadletters import Burial, DeadLetters
from streams.delivery import Delivery
from streams.errors import DeadLetterUnknown, DependencyDown, EventInvalid, EventTooLarge
from streams.outcomes import Dead
from streams.publisher import Outgoing
from tests.streams.conftest import event
from tests.streams.event_examples import Recorder, delivery

Check = Callable[[DeadLetters, Recorder], Awaitable[None]]
DEAD = Dead("encrypted", "the PDF needs a password")


def raw(headers: tuple[tuple[str, bytes], ...] = (), key: bytes | None = b"k", offset: int = 4) -> Delivery:
    return Delivery(Position("planned", 2, offset), key, b"\xff\x00 not json", headers, 1)


def as_read(notice: Outgoing) -> Delivery:
    return Delivery(Position(notice.topic, 0, 0), notice.key, notice.value, notice.headers, 1)


class DeadLettersContract:
    """Give a fixture `on` that runs a check with dead letters that are empty and a publisher that notes."""

    def test_a_record_is_kept_unchanged_with_its_reason(self, on) -> None:
        async def check(letters, publisher) -> None:
            one = raw((("odd", b"\xfe"), ("odd", b"again"), ("ce_subject", b"item-1"), ("empty", b"")))
            await letters.bury("draft", one, DEAD, publisher)
            [told] = await letters.listed()
            assert not {"value", "key", "headers"} & set(told)
            kept = await letters.get(told["_id"])
            assert (kept["key"], kept["value"]) == (one.key, one.value)
            assert [tuple(pair) for pair in kept["headers"]] == list(one.headers)
            where = (kept["group"], kept["topic"], kept["partition"], kept["offset"], kept["subject"])
            assert where == ("draft", "planned", 2, 4, "item-1")
            assert (kept["why"], kept["message"], kept["status"]) == ("encrypted", "the PDF needs a password", "dead")

        on(check)

    def test_the_groups_topic_is_told_with_the_bytes_and_the_reason(self, on) -> None:
        async def check(letters, publisher) -> None:
            one = delivery(event("planned", 7))
            await letters.bury("draft", one, DEAD, publisher)
            [notice] = publisher.published
            assert (notice.topic, notice.key, notice.value) == ("deadletters.draft", one.key, one.value)
            assert notice.headers[: len(one.headers)] == one.headers
            burial = Burial.read(as_read(notice))
            assert (burial.group, burial.topic, burial.disposition) == ("draft", "planned", "dead")
            assert (burial.why, burial.subject) == ("encrypted", "item-7")
            told = dict(notice.headers)
            assert told["spinestream.errors.offset"] == b"0"
            assert told["spinestream.errors.message"] == b"the PDF needs a password"
            assert as_read(notice).event.subject == "item-7"

        on(check)

    def test_a_redelivered_record_is_the_same_letter_and_the_same_burial(self, on) -> None:
        async def check(letters, publisher) -> None:
            for offset in (0, 9):  # the second is the same event, told again
                await letters.bury("draft", delivery(event("planned", 7), offset), DEAD, publisher)
            assert len(await letters.listed()) == 1
            first, second = (Burial.read(as_read(one)) for one in publisher.published)
            assert first == second

        on(check)

    def test_records_that_only_look_alike_are_letters_of_their_own(self, on) -> None:
        async def check(letters, publisher) -> None:
            same = event("planned", 7)
            await letters.bury("draft", delivery(same), DEAD, publisher)
            await letters.bury("revise", delivery(same), DEAD, publisher)
            await letters.bury("draft", delivery(event("drafted", 7)), DEAD, publisher)
            await letters.bury("draft", raw(offset=1), DEAD, publisher)
            await letters.bury("draft", raw(offset=2), DEAD, publisher)
            for offset in (3, 4):
                await letters.bury("draft", raw((("ce_id", b""),), offset=offset), DEAD, publisher)
            assert len(await letters.listed()) == 7

        on(check)

    def test_a_crash_between_the_document_and_its_notice_is_mended_by_redelivery(self, on) -> None:
        async def check(letters, publisher) -> None:
            publisher.failures = [DependencyDown("kafka", "gone")]
            with pytest.raises(DependencyDown):
                await letters.bury("draft", delivery(event("planned", 7)), DEAD, publisher)
            assert len(await letters.listed()) == 1
            await letters.bury("draft", delivery(event("planned", 7)), DEAD, publisher)
            assert [one["burial"] for one in await letters.listed()] == [1]
            assert len(publisher.published) == 1

        on(check)

    @pytest.mark.parametrize(
        "one",
        [
            raw(),
            raw(key=None),
            Delivery(Position("planned", 0, 0), None, None, (), 1),
            raw((("ce_id", b"\xff\xfe"), ("ce_subject", b"\xff"))),
            raw((("ce_id", b""), ("ce_subject", b""))),
            raw((("$where", b"$status"), ("a.b", b"x"))),
        ],
        ids=["no headers", "no key", "nothing at all", "not utf-8", "empty", "names that look like operators"],
    )
    def test_whatever_lies_on_a_topic_can_be_buried_read_and_replayed(self, on, one) -> None:
        async def check(letters, publisher) -> None:
            await letters.bury("draft", one, Dead("$why", "$message of {$literal: 1}"), publisher)
            [letter] = await letters.listed()
            assert (letter["why"], letter["message"]) == ("$why", "$message of {$literal: 1}")
            assert Burial.read(as_read(publisher.published[0])).why == "$why"
            await letters.replay(letter["_id"])
            assert await letters.finish_replays(publisher) == 1
            [again] = [x for x in publisher.published if x.topic == "planned"]
            assert (again.key, again.value, again.headers) == (one.key, one.value, one.headers)

        on(check)

    def test_a_replay_goes_out_once_with_a_notice_that_clears_the_mark(self, on) -> None:
        async def check(letters, publisher) -> None:
            one = delivery(event("planned", 7))
            await letters.bury("draft", one, DEAD, publisher)
            [letter] = await letters.listed()
            await letters.replay(letter["_id"])
            assert await letters.listed() == []
            assert await letters.finish_replays(publisher) == 1
            assert await letters.finish_replays(publisher) == 0
            burial, again, notice = publisher.published
            assert again == Outgoing("planned", one.key, one.value, one.headers)
            revived = Burial.read(as_read(notice))
            assert revived.disposition == "replayed"
            assert revived.id == Burial.read(as_read(burial)).id
            assert [x["status"] for x in await letters.listed(None)] == ["replayed"]

        on(check)

    def test_a_replay_that_was_not_sent_is_sent_later(self, on) -> None:
        async def check(letters, publisher) -> None:
            await letters.bury("draft", delivery(event("planned", 7)), DEAD, publisher)
            [letter] = await letters.listed()
            await letters.replay(letter["_id"])
            publisher.failures = [DependencyDown("kafka", "gone")]
            with pytest.raises(DependencyDown):
                await letters.finish_replays(publisher)
            assert await letters.finish_replays(publisher) == 1

        on(check)

    def test_one_that_dies_again_is_dead_again_and_the_new_death_is_told_apart(self, on) -> None:
        async def check(letters, publisher) -> None:
            one = delivery(event("planned", 7))
            await letters.bury("draft", one, DEAD, publisher)
            [letter] = await letters.listed()
            await letters.replay(letter["_id"])
            await letters.finish_replays(publisher)
            await letters.bury("draft", one, Dead("attempts", "again"), publisher)
            [again] = await letters.listed()
            assert (again["_id"], again["why"], again["burial"]) == (letter["_id"], "attempts", 2)
            ids = [Burial.read(as_read(x)).id for x in publisher.published if x.topic == "deadletters.draft"]
            assert ids[0] == ids[1] != ids[2]

        on(check)

    def test_one_that_dies_again_before_its_replay_is_marked_stays_dead(self, on) -> None:
        async def check(letters, publisher) -> None:
            one = delivery(event("planned", 7))
            await letters.bury("draft", one, DEAD, publisher)
            [letter] = await letters.listed()
            await letters.replay(letter["_id"])
            publish = publisher.publish

            async def and_it_dies_at_once(records):
                if records[0].topic == "planned":
                    await letters.bury("draft", one, DEAD, publisher)
                return await publish(records)

            publisher.publish = and_it_dies_at_once
            await letters.finish_replays(publisher)
            assert [(x["status"], x["burial"]) for x in await letters.listed()] == [("dead", 2)]

        on(check)

    def test_one_that_the_broker_does_not_take_is_dead_again_and_holds_up_no_other(self, on) -> None:
        async def check(letters, publisher) -> None:
            for number in (1, 2):
                await letters.bury("draft", delivery(event("planned", number)), DEAD, publisher)
            for letter in await letters.listed():
                await letters.replay(letter["_id"])
            publisher.failures = [EventTooLarge("too large")]
            assert await letters.finish_replays(publisher) == 1
            assert [x["why"] for x in await letters.listed()] == ["too-large"]

        on(check)

    def test_only_a_dead_letter_is_replayed(self, on) -> None:
        async def check(letters, publisher) -> None:
            with pytest.raises(DeadLetterUnknown, match="deadletters list"):
                await letters.replay("nothing")
            await letters.bury("draft", delivery(event("planned", 7)), DEAD, publisher)
            [letter] = await letters.listed()
            await letters.replay(letter["_id"])
            await letters.finish_replays(publisher)
            await letters.replay(letter["_id"])
            assert await letters.finish_replays(publisher) == 0

        on(check)

    def test_letters_are_listed_oldest_first(self, on) -> None:
        async def check(letters, publisher) -> None:
            for number in (3, 1, 2):
                await letters.bury("draft", delivery(event("planned", number)), DEAD, publisher)
            assert [x["subject"] for x in await letters.listed()] == ["item-3", "item-1", "item-2"]
            assert [x["subject"] for x in await letters.listed(limit=2)] == ["item-3", "item-1"]
            assert await letters.listed("replayed") == []

        on(check)

    def test_it_is_told_which_subjects_are_dead_now_and_in_which_group(self, on) -> None:
        async def check(letters, publisher) -> None:
            await letters.bury("draft", delivery(event("planned", 1)), DEAD, publisher)
            await letters.bury("revise", delivery(event("drafted", 2)), Dead("cut"), publisher)
            asked = ["item-1", "item-2", "item-3"]
            assert await letters.subjects(None, asked) == {"item-1": "encrypted", "item-2": "cut"}
            assert await letters.subjects("draft", asked) == {"item-1": "encrypted"}
            assert await letters.subjects("draft", []) == {}
            for letter in await letters.listed():
                await letters.replay(letter["_id"])
            assert await letters.subjects(None, asked) == {}

        on(check)


class TestMongo(DeadLettersContract):
    @pytest.fixture
    def on(self, mongodb_url: str, mongo_db: str) -> Callable[[Check], None]:
        def run(check: Check) -> None:
            async def go() -> None:
                async with AsyncMongoClient(mongodb_url, w="majority", journal=True) as client:
                    letters = DeadLetters(client[mongo_db])
                    await letters.prepare()
                    await check(letters, Recorder())

            asyncio.run(go())

        return run


@pytest.mark.parametrize("name", ["id", "group", "topic", "disposition", "exception"])
def test_a_record_of_a_dead_letter_topic_without_its_headers_is_refused(name) -> None:
    headers = [(f"spinestream.errors.{x}", b"x") for x in ("id", "group", "topic", "disposition", "exception")]
    left = tuple(one for one in headers if not one[0].endswith(f".{name}"))
    with pytest.raises(EventInvalid, match=rf"deadletters\.draft lacks the header spinestream\.errors\.{name}"):
        Burial.read(Delivery(Position("deadletters.draft", 0, 0), b"k", b"v", left, 1))
