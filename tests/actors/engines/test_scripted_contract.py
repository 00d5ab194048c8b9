from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from engine_contract import NESTED, SHORT, EngineContract, gather, make, until, valid
from swap_contract import SwapContract

from actors.engines.adapters import Adapter, read_adapter
from actors.engines.base import Engine
from actors.engines.errors import EngineDead, EngineNotUsable
from actors.engines.factory import open_engine
from actors.engines.scripted import ScriptedEngine
from actors.engines.settings import ScriptedSettings
from generation.requests import ModelAnswer, Turn
from tests.actors.made_adapters import plain


class TestScriptedEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return open_engine("scripted", {"latency_s": 0.8, "max_num_seqs": 16})

    def kill(self, engine: Any) -> None:
        engine.die("killed by a test")


def say(name: str, text: str, **changes: Any) -> Any:
    return make(name, turns=(Turn(role="user", text=text),), **changes)


def test_a_planned_answer_is_given_verbatim_however_long() -> None:
    planned = '{"question": "Where?",  "level": "L4/L5"}'
    request = say("plan", f"A passage.\nSCRIPT: {planned}\nWrite.", candidates=2, max_tokens=1)
    answer = asyncio.run(ScriptedEngine().generate(request))
    assert [(c.text, c.finish) for c in answer.candidates] == [(planned, "stop")] * 2


def test_only_the_last_user_turn_can_plan() -> None:
    turns = (
        Turn(role="user", text="SCRIPT: {}"),
        Turn(role="assistant", text="SCRIPT: {}"),
        Turn(role="user", text="and not at a line's start SCRIPT: {}"),
    )
    valid(asyncio.run(ScriptedEngine().generate(make("earlier", turns=turns))), SHORT)


def test_a_script_writes_each_candidate_and_is_cut_at_max_tokens() -> None:
    engine = ScriptedEngine(script=lambda request, index: f"{request.id}#{index}")
    whole = asyncio.run(engine.generate(make("item", candidates=2)))
    assert [c.text for c in whole.candidates] == ["item/draft/0#0", "item/draft/0#1"]
    cut = asyncio.run(engine.generate(make("item", max_tokens=2))).candidates[0]
    assert (cut.text, cut.finish, cut.output_tokens) == ("item/dra", "length", 2)


def test_the_same_request_gives_the_same_bytes_in_another_process() -> None:
    request = make("again", NESTED, candidates=3)
    code = (
        "import sys, asyncio; from actors.engines.scripted import ScriptedEngine; "
        "from generation.requests import ModelRequest; "
        "print(asyncio.run(ScriptedEngine().generate(ModelRequest.model_validate_json(sys.argv[1]))).model_dump_json())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "5", "PYTHONPATH": str(Path(__file__).parents[3])}
    other = subprocess.check_output([sys.executable, "-c", code, request.model_dump_json()], env=env)
    assert ModelAnswer.model_validate_json(other) == asyncio.run(ScriptedEngine().generate(request))


def test_every_call_is_logged_before_it_is_answered(tmp_path: Path) -> None:
    log = tmp_path / "calls"

    async def work() -> None:
        engine = ScriptedEngine(ScriptedSettings(call_log=log, latency_s=3600))
        call = asyncio.create_task(engine.generate(make("first")))
        await until(log.exists)
        assert not call.done()
        await engine.close()
        with pytest.raises(EngineDead):
            await call

    asyncio.run(work())
    engine = ScriptedEngine(ScriptedSettings(call_log=log))
    asyncio.run(gather(engine, [make("second"), make("long", max_tokens=9000)]))
    lines = [line.split("\t") for line in log.read_text().splitlines()]
    assert [name for name, _ in lines] == ["first/draft/0", "second/draft/0"]
    assert 0 <= time.time() - float(lines[1][1]) < 60


def test_it_dies_as_set_with_everything_in_it() -> None:
    engine = ScriptedEngine(ScriptedSettings(die_after=3, latency_s=0.05))
    outcomes = asyncio.run(gather(engine, [make(f"x{i}") for i in range(5)]))
    assert {type(outcome) for outcome in outcomes} == {EngineDead}
    survivor = ScriptedEngine(ScriptedSettings(die_after=3))
    for index in range(3):
        valid(asyncio.run(survivor.generate(make(f"y{index}"))), SHORT)
    with pytest.raises(EngineDead):
        asyncio.run(survivor.generate(make("y3")))


def test_no_more_requests_run_than_there_are_places() -> None:
    engine = ScriptedEngine(ScriptedSettings(max_num_seqs=3, latency_s=0.05))
    start = time.monotonic()
    answers = asyncio.run(gather(engine, [make(f"w{i}") for i in range(9)]))
    assert time.monotonic() - start >= 0.15
    for answer in answers:
        valid(answer, SHORT)


class TestScriptedEngineSwaps(SwapContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return open_engine("scripted", {"latency_s": 0.5, "max_num_seqs": 16})

    @pytest.fixture
    def pair(self, tmp_path: Path) -> tuple[Adapter, Adapter]:
        return read_adapter(plain(tmp_path / "one", 1)), read_adapter(plain(tmp_path / "two", 2))


def test_an_adapter_is_refused_as_set(tmp_path: Path) -> None:
    engine = ScriptedEngine(ScriptedSettings(refuse_adapter="one"))
    with pytest.raises(EngineNotUsable, match="as set"):
        asyncio.run(engine.load(read_adapter(plain(tmp_path / "one"))))
    asyncio.run(engine.load(read_adapter(plain(tmp_path / "two"))))
