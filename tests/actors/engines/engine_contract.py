"""What every engine keeps; subclassed once for each real engine."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from typing import Any

import jsonschema
import orjson
import pytest

from actors.engines.base import Engine
from actors.engines.errors import EngineDead, RequestFailed
from generation.requests import ModelAnswer, ModelRequest, Turn

SHORT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "minLength": 10, "maxLength": 50},
        "level": {"enum": ["L3/L4", "L4/L5", "L5/S1"]},
    },
    "required": ["question", "level"],
    "additionalProperties": False,
}
NESTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "level": {"enum": ["L4", "L5", "S1"]},
        "question": {"type": "string", "minLength": 5, "maxLength": 60},
        "findings": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "side": {"enum": ["left", "right"]},
                    "sure": {"type": "boolean"},
                    "note": {"type": "string", "maxLength": 20},
                },
                "required": ["side", "sure", "note"],
                "additionalProperties": False,
            },
        },
        "citations": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["s1", "s2", "s3"]}},
    },
    "required": ["level", "question", "findings", "citations"],
    "additionalProperties": False,
}
LONG: dict[str, Any] = {"type": "string", "minLength": 3000, "maxLength": 3200}
"""Keeps an engine busy for as long as max_tokens lets it."""


def make(name: str, schema: dict[str, Any] = SHORT, **changes: Any) -> ModelRequest:
    body: dict[str, Any] = {
        "turns": (
            Turn(role="system", text="You write exam questions about the spine, as JSON."),
            Turn(role="user", text=f"The disc at L4/L5 bulges to the left. Passage {name}."),
        ),
        "max_tokens": 200,
        "temperature": 1.0,
        "seed": 7,
    }
    return ModelRequest(id=f"{name}/draft/0", answer_schema=schema, **(body | changes))


async def gather(engine: Engine, requests: list[ModelRequest]) -> list[ModelAnswer | BaseException]:
    return list(await asyncio.gather(*(engine.generate(each) for each in requests), return_exceptions=True))


async def until(condition: Any, within_s: float = 60) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.01)


def valid(answer: ModelAnswer | BaseException, schema: dict[str, Any]) -> None:
    assert isinstance(answer, ModelAnswer), answer
    for candidate in answer.candidates:
        assert candidate.finish == "stop", candidate
        jsonschema.validate(orjson.loads(candidate.text), schema)


class EngineContract:
    """Give a fixture `engine` (alive, idle) and a way to `kill` it in mid-flight."""

    def kill(self, engine: Any) -> None:
        raise NotImplementedError

    def test_the_card_is_on_every_answer(self, engine: Engine) -> None:
        answer = asyncio.run(engine.generate(make("card")))
        card = engine.card
        assert (answer.model, answer.model_digest, answer.adapter) == (card.model, card.model_digest, card.adapter)
        assert answer.engine == card.engine
        assert answer.random_weights == card.random_weights
        assert re.fullmatch(r"[a-z-]+ [0-9.]+", card.engine)
        assert re.fullmatch(r"[0-9a-f]{64}", card.model_digest)
        assert card.adapter is None or re.fullmatch(r"[a-z0-9.-]+@[0-9a-f]{12}", card.adapter)

    def test_images_that_cannot_be_read_cost_their_request_only(self, engine: Engine) -> None:
        """An image nobody gave, to a model that reads images; any image, to one that reads none."""
        turns = (Turn(role="user", text="What is seen?", images=("0" * 64,)),)
        answers = asyncio.run(gather(engine, [make("i0"), make("i1", turns=turns), make("i2")]))
        assert isinstance(answers[1], RequestFailed)
        assert answers[1].reason == ("no-such-image" if engine.card.reads_images else "no-images")
        valid(answers[0], SHORT)
        valid(answers[2], SHORT)

    def test_a_sound_engine_passes_its_self_test(self, engine: Engine) -> None:
        asyncio.run(engine.self_test())

    def test_answers_follow_a_nested_schema(self, engine: Engine) -> None:
        requests = [make(f"n{i}", NESTED, seed=10 * i, temperature=float(i % 2), candidates=2) for i in range(6)]
        for answer in asyncio.run(gather(engine, requests)):
            valid(answer, NESTED)

    def test_candidates_are_as_many_as_asked_and_differ(self, engine: Engine) -> None:
        answer = asyncio.run(engine.generate(make("many", candidates=4)))
        assert len(answer.candidates) == 4
        assert len({candidate.text for candidate in answer.candidates}) > 1

    def test_the_same_request_alone_gives_the_same_bytes(self, engine: Engine) -> None:
        first, second = (asyncio.run(engine.generate(make("same"))) for _ in range(2))
        assert first == second

    def test_another_seed_gives_another_text(self, engine: Engine) -> None:
        texts = {asyncio.run(engine.generate(make("seed", seed=seed))).candidates[0].text for seed in (1, 1000)}
        assert len(texts) == 2

    def test_more_requests_than_places_are_all_answered(self, engine: Engine) -> None:
        answers = asyncio.run(gather(engine, [make(f"c{i}", seed=i) for i in range(40)]))
        assert len(answers) == 40
        for answer in answers:
            valid(answer, SHORT)

    def test_a_prompt_that_is_too_long_costs_itself_only(self, engine: Engine) -> None:
        turns = (Turn(role="user", text="disc " * 20_000),)
        requests = [make("l0"), make("l1", turns=turns), make("l2"), make("l3", max_tokens=engine.card.max_model_len)]
        answers = asyncio.run(gather(engine, requests))
        for position in (1, 3):
            refused = answers[position]
            assert isinstance(refused, RequestFailed)
            assert refused.reason == "prompt-too-long"
            assert requests[position].id in str(refused)
            assert "disc disc" not in str(refused)
        for position in (0, 2):
            valid(answers[position], SHORT)

    @pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"enum": []}, {"type": "object", "properties": 5}])
    def test_a_bad_schema_costs_itself_only(self, engine: Engine, schema: dict[str, Any]) -> None:
        answers = asyncio.run(gather(engine, [make("b0"), make("b1", schema, candidates=3), make("b2")]))
        assert isinstance(answers[1], RequestFailed)
        assert answers[1].reason == "bad-schema"
        valid(answers[0], SHORT)
        valid(answers[2], SHORT)
        assert (engine.progress().running, engine.progress().waiting) == (0, 0)

    def test_tokens_are_counted(self, engine: Engine) -> None:
        before = engine.progress().tokens
        answer = asyncio.run(engine.generate(make("count", candidates=2)))
        assert all(0 < candidate.output_tokens <= 200 for candidate in answer.candidates)
        assert answer.prompt_tokens > 10
        assert engine.progress().tokens - before == answer.output_tokens

    def test_an_answer_cut_off_says_so(self, engine: Engine) -> None:
        candidate = asyncio.run(engine.generate(make("cut", LONG, max_tokens=12))).candidates[0]
        assert (candidate.finish, candidate.output_tokens) == ("length", 12)

    def test_progress_moves_while_it_works_and_rests_after(self, engine: Engine) -> None:
        async def work() -> None:
            before = engine.progress()
            call = asyncio.create_task(engine.generate(make("work", LONG, max_tokens=64)))
            await until(lambda: engine.progress().busy_since is not None or call.done())
            await call
            after = await asyncio.to_thread(engine.progress)
            assert after.tokens == before.tokens + 64
            assert after.last_token_at is not None
            assert after.last_token_at > (before.last_token_at or 0)
            assert (after.running, after.waiting, after.busy_since, after.sequences) == (0, 0, None, 0)
            assert after.silent_for(time.monotonic() + 1000) == 0

        asyncio.run(work())

    def test_the_busy_share_is_exact(self, engine: Engine) -> None:
        """While n completions are computed, the integral grows by n a second."""

        async def work() -> None:
            call = asyncio.create_task(engine.generate(make("busy", LONG, max_tokens=200, candidates=3)))
            await until(lambda: engine.progress().sequences == 3 or call.done())
            first, began = engine.progress(), time.monotonic()
            await until(lambda: engine.progress().sequence_seconds >= first.sequence_seconds + 0.9 or call.done())
            last, seconds = engine.progress(), time.monotonic() - began
            assert not call.done()
            mean = (last.sequence_seconds - first.sequence_seconds) / seconds
            assert 2.2 < mean < 3.8, "three completions, give or take a step"
            await call

        asyncio.run(work())

    def test_prompts_are_counted_with_what_the_cache_knew(self, engine: Engine) -> None:
        before = engine.progress()
        answer = asyncio.run(engine.generate(make("prompt", candidates=2)))
        after = engine.progress()
        assert after.prompt_tokens - before.prompt_tokens == 2 * answer.prompt_tokens
        assert 0 <= after.cached_tokens - before.cached_tokens < 2 * answer.prompt_tokens

    def test_a_cancelled_call_leaves_the_engine(self, engine: Engine) -> None:
        async def work() -> None:
            call = asyncio.create_task(engine.generate(make("gone", LONG, max_tokens=1000, candidates=3)))
            await until(lambda: engine.progress().busy_since is not None)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await until(lambda: engine.progress().busy_since is None, within_s=10)
            assert (engine.progress().running, engine.progress().waiting) == (0, 0)
            valid(await engine.generate(make("next")), SHORT)

        asyncio.run(work())

    def test_death_in_mid_flight_fails_all_that_is_pending(self, engine: Engine) -> None:
        async def work() -> None:
            requests = [make(f"d{i}", LONG, max_tokens=600, candidates=2) for i in range(40)]
            calls = [asyncio.create_task(engine.generate(each)) for each in requests]
            await until(lambda: engine.progress().waiting + engine.progress().running == 40)
            self.kill(engine)
            outcomes = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 60)
            # What was answered before the end reached it is an answer; nothing is a fault of its request.
            kinds = Counter(type(outcome).__name__ for outcome in outcomes)
            assert kinds["EngineDead"] > len(requests) // 2, kinds
            assert kinds["EngineDead"] + kinds["ModelAnswer"] == len(requests), kinds
            with pytest.raises(EngineDead):
                await engine.generate(make("late"))
            with pytest.raises(EngineDead):
                await engine.self_test()
            await engine.close()

        asyncio.run(work())

    def test_closing_fails_what_is_pending_and_what_comes(self, engine: Engine) -> None:
        async def work() -> None:
            call = asyncio.create_task(engine.generate(make("open", LONG, max_tokens=1000)))
            await until(lambda: engine.progress().busy_since is not None)
            await engine.close()
            for pending in (call, engine.generate(make("late"))):
                with pytest.raises(EngineDead, match="closed"):
                    await pending
            await engine.close()
            assert engine.progress().busy_since is None

        asyncio.run(work())
