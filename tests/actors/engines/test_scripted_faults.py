"""The faults that the scripted engine can be set to have: a request that kills it, and a hang."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from engine_contract import SHORT, gather, make, until, valid

from actors.engines.errors import EngineDead
from actors.engines.scripted import ScriptedEngine
from actors.engines.settings import ScriptedSettings


def test_the_request_that_is_poison_kills_it_with_everything_in_it() -> None:
    engine = ScriptedEngine(ScriptedSettings(poison="bad", latency_s=0.05))
    outcomes = asyncio.run(gather(engine, [make("good"), make("bad"), make("late")]))
    assert {type(outcome) for outcome in outcomes} == {EngineDead}


def test_others_are_answered_by_an_engine_that_something_would_be_poison_for() -> None:
    valid(asyncio.run(ScriptedEngine(ScriptedSettings(poison="bad")).generate(make("good"))), SHORT)


def test_of_two_engines_one_takes_the_file_and_hangs_while_the_other_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "hang"
    file.touch()
    settings = ScriptedSettings(hang_file=file)

    async def work() -> None:
        hangs, works = ScriptedEngine(settings), ScriptedEngine(settings)
        calls = [asyncio.create_task(hangs.generate(make(f"h{number}"))) for number in range(3)]
        await until(lambda: not file.exists())
        valid(await works.generate(make("w")), SHORT)
        await asyncio.sleep(0)
        assert not any(call.done() for call in calls)
        progress = hangs.progress()
        assert (progress.tokens, progress.waiting) == (0, 3)
        assert progress.silent_for(time.monotonic() + 5) > 5
        await hangs.close()
        for call in calls:
            with pytest.raises(EngineDead):
                await call

    asyncio.run(work())
