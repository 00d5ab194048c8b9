"""What keys do at the desk, in NiceGUI's simulation of a browser; the samples are in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from nicegui import ui
from nicegui.testing.user import User
from nicegui.testing.user_simulation import user_simulation
from redis.exceptions import ConnectionError as RedisConnectionError
from review_samples import decision, draft, planned, revision

from generation.samples import Decision, DecisionKind, State
from review_bridge.desk import desk_page
from review_bridge.desk.desk_page import DeskPage
from review_bridge.desk.judging import REASONS
from review_bridge.desk.place import Desk
from review_bridge.desk.settings import DeskSettings
from review_bridge.errors import DecisionConflict, DecisionInvalid
from review_bridge.fill import SourceKey
from review_bridge.review import Opened
from review_bridge.reviewers import Reviewer, Role
from review_bridge.sample import Sample

LI = Reviewer("Dr Li", (Role.CLINICIAN,), "2026-11-24T10:00:00+00:00", "stamp-1")
ACCEPTED, EDITED, REJECTED = DecisionKind.ACCEPTED, DecisionKind.EDITED, DecisionKind.REJECTED


def opened(slot: int, *reasons: str, elsewhere: str | None = None) -> Opened:
    plan, of, now = planned(slot), draft(), datetime.now(UTC)
    state = State.HELD if reasons else State.QUEUED
    sample = Sample(
        plan.id, SourceKey("guide", "v"), plan, {0: of}, {0: revision(of, reasons)}, {}, {}, None, {}, state, reasons,
        now, now,
    )  # fmt: skip
    return Opened(sample, 0, elsewhere)


class Samples:
    """Stands for `Review`: gives what it is told to, notes what is done."""

    def __init__(self, *given: Opened) -> None:
        self.given = [*given]
        self.done: list[tuple[str, DecisionKind, str, Any]] = []
        self.back: list[str] = []
        self.fault: Exception | None = None

    async def size(self) -> int:
        return len(self.given)

    async def next(self, holder: Any, passed: Any = ()) -> Opened | None:
        return self.given.pop(0) if self.given else None

    async def decide(self, of: Opened, kind: DecisionKind, *, holder: Any, why: str, changes: Any) -> Decision:
        if self.fault is not None:
            raise self.fault
        self.done.append((of.sample.id, kind, why, changes))
        return decision(of.sample.id, kind=kind, who=holder.name, why=why or "-")

    async def take_back(self, of: Decision, holder: Any) -> Opened:
        if self.fault is not None:
            raise self.fault
        return opened(0)

    async def keep(self, item_id: str, holder: Any) -> bool:
        return True

    async def give_back(self, item_id: str, holder: Any) -> None:
        self.back.append(item_id)


class Signed:
    """Stands for `Reviewers`."""

    async def with_stamp(self, name: str, stamp: str) -> Reviewer:
        return LI


class Sitting:
    """A reviewer at a page."""

    def __init__(self, page: DeskPage, user: User) -> None:
        self.page = page
        self.user = user

    async def settled(self) -> None:
        async with asyncio.timeout(5):
            while not self.page._settled:
                await asyncio.sleep(0.005)

    async def press(self, key: str, **modifiers: bool) -> None:
        held = {"ctrl": False, "alt": False, "meta": False} | modifiers
        event = SimpleNamespace(
            action=SimpleNamespace(keydown=True), modifiers=SimpleNamespace(**held), key=SimpleNamespace(name=key)
        )
        with self.page._main:
            await self.page._key(event)  # type: ignore[arg-type]

    async def press_settled(self, key: str) -> None:
        await self.settled()
        await self.press(key)

    @property
    def told(self) -> str:
        return str(self.page._told.text)


def sit(samples: Samples, scenario: Callable[[Sitting], Awaitable[None]]) -> None:
    """Open the page of a desk, then do what the scenario says."""
    desk: Any = Desk(samples, Signed(), None, None, None, None, DeskSettings(), "key")  # type: ignore[arg-type]
    pages: list[DeskPage] = []

    async def root() -> None:
        client = ui.context.client
        pages.append(DeskPage(desk, LI, client))
        await client.connected()
        await pages[0].begin(None)

    async def go() -> None:
        async with user_simulation(root) as user:
            await user.open("/")
            sitting = Sitting(pages[0], user)
            await sitting.settled()
            await scenario(sitting)

    asyncio.run(go())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_page, "SETTLE_SECONDS", 0.02)


def test_five_keys_and_what_they_do() -> None:
    samples = Samples(*(opened(slot) for slot in range(5)))
    ids = [one.sample.id for one in samples.given]

    async def scenario(at: Sitting) -> None:
        await at.press("a")
        assert "accepted" in at.told
        await at.press_settled("R")
        at.user.find(kind=ui.input).type("2").trigger("keydown.enter")
        async with asyncio.timeout(5):
            while len(samples.done) < 2:
                await asyncio.sleep(0.005)
        await at.press_settled("n")
        await at.press_settled("e")
        for field in at.user.find(kind=ui.textarea).elements:
            if field.value == "What is seen?":
                field.value = "Which finding?"
        at.user.find(kind=ui.textarea).trigger("keydown.ctrl.enter")
        async with asyncio.timeout(5):
            while len(samples.done) < 3:
                await asyncio.sleep(0.005)
        await at.press_settled("u")
        assert "taken back" in at.told

    sit(samples, scenario)
    assert samples.done == [
        (ids[0], ACCEPTED, "", None),
        (ids[1], REJECTED, REASONS[1], None),
        (ids[3], EDITED, "", {"question": "Which finding?"}),
    ]
    assert samples.back == [ids[2], ids[4]]


def test_a_key_that_was_pressed_for_the_sample_before_decides_nothing() -> None:
    samples = Samples(opened(0), opened(1), opened(2))

    async def scenario(at: Sitting) -> None:
        await at.press("a")
        await at.press("a")
        await at.press("r")
        assert not at.page._asking
        await at.settled()
        await at.press("a", ctrl=True)

    sit(samples, scenario)
    assert len(samples.done) == 1


def test_a_held_sample_is_not_accepted_without_a_reason() -> None:
    samples = Samples(opened(0, "level"))

    async def scenario(at: Sitting) -> None:
        samples.fault = DecisionInvalid("x", "say why it is good all the same")
        await at.press("a")
        assert at.page._asking
        at.user.find(kind=ui.input).trigger("keydown.enter")
        async with asyncio.timeout(5):
            while "say why" not in at.told:
                await asyncio.sleep(0.005)
        samples.fault = None
        at.user.find(kind=ui.input).type("the level is right").trigger("keydown.enter")
        async with asyncio.timeout(5):
            while not samples.done:
                await asyncio.sleep(0.005)

    sit(samples, scenario)
    assert [one[1:3] for one in samples.done] == [(ACCEPTED, "the level is right")]


def test_what_is_open_elsewhere_is_read_only() -> None:
    samples = Samples(opened(0, elsewhere="Dr Wu"))

    async def scenario(at: Sitting) -> None:
        await at.user.should_see("open at the desk of Dr Wu")
        for key in "aer":
            await at.press(key)
        assert not at.page._asking

    sit(samples, scenario)
    assert samples.done == []


def test_who_was_second_is_told_and_gets_the_next() -> None:
    samples = Samples(opened(0), opened(1))

    async def scenario(at: Sitting) -> None:
        samples.fault = DecisionConflict(planned(0).id, 1)
        await at.press("a")
        assert "somebody else decided" in at.told
        assert at.page._opened is not None
        assert at.page._opened.sample.id == planned(1).id

    sit(samples, scenario)


def test_a_server_that_is_away_is_said_and_the_sample_stays() -> None:
    samples = Samples(opened(0))

    async def scenario(at: Sitting) -> None:
        samples.fault = RedisConnectionError("away")
        await at.press("a")
        assert "redis" in at.told
        assert at.page._opened is not None
        samples.fault = None
        await at.press("a")
        await at.user.should_see("Nothing waits for you")

    sit(samples, scenario)
    assert len(samples.done) == 1
