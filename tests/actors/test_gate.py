"""The way into an engine: many together, or one alone."""

from __future__ import annotations

import asyncio

import pytest

from actors.gate import Gate


class Visit:
    """Somebody who goes in when let, and out when told."""

    def __init__(self, gate: Gate, *, alone: bool = False) -> None:
        self.inside = False
        self._out = asyncio.Event()
        self.task = asyncio.create_task(self._go(gate, alone))

    async def _go(self, gate: Gate, alone: bool) -> None:
        async with gate.alone() if alone else gate.shared():
            self.inside = True
            try:
                await self._out.wait()
            finally:
                self.inside = False

    async def leave(self) -> None:
        self._out.set()
        await self.task
        await settle()


async def settle() -> None:
    """Let everything that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


def inside(*visits: Visit) -> list[bool]:
    return [one.inside for one in visits]


def test_many_are_in_together() -> None:
    async def go() -> None:
        gate = Gate()
        visits = [Visit(gate) for _ in range(5)]
        await settle()
        assert all(inside(*visits))
        for one in visits:
            await one.leave()

    asyncio.run(go())


def test_one_alone_waits_for_all_others_and_keeps_later_ones_out() -> None:
    async def go() -> None:
        gate = Gate()
        first, second = Visit(gate), Visit(gate)
        await settle()
        alone = Visit(gate, alone=True)
        await settle()
        late = Visit(gate)
        await settle()
        assert inside(first, second, alone, late) == [True, True, False, False]
        await first.leave()
        assert not alone.inside
        await second.leave()
        assert inside(alone, late) == [True, False]
        await alone.leave()
        assert late.inside
        await late.leave()

    asyncio.run(go())


def test_several_that_want_to_be_alone_go_one_by_one() -> None:
    async def go() -> None:
        gate = Gate()
        waiting = [Visit(gate, alone=True) for _ in range(4)]
        for _ in range(4):
            await settle()
            [now] = [one for one in waiting if one.inside]
            waiting.remove(now)
            await now.leave()

    asyncio.run(go())


@pytest.mark.parametrize("alone", [True, False])
def test_who_is_cancelled_while_waiting_bars_nobody(alone: bool) -> None:
    async def go() -> None:
        gate = Gate()
        first = Visit(gate, alone=not alone)
        await settle()
        waiting = Visit(gate, alone=alone)
        await settle()
        waiting.task.cancel()
        await settle()
        later = Visit(gate, alone=not alone)
        if alone:
            await settle()
            assert later.inside, "one that gave up still keeps others out"
        await first.leave()
        assert later.inside
        await later.leave()

    asyncio.run(go())


def test_who_fails_inside_leaves_the_way_free() -> None:
    async def go() -> None:
        gate = Gate()
        for way in (gate.alone, gate.shared):
            with pytest.raises(ZeroDivisionError):
                async with way():
                    raise ZeroDivisionError
        async with gate.alone():
            pass

    asyncio.run(go())
