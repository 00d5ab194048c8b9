"""A request to an engine as telemetry tells of it: in the record's trace, with tokens, without a word of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry.trace import SpanKind

from actors.engines import RequestFailed, ScriptedSettings
from actors.engines.scripted import ScriptedEngine
from actors.stages.watched import asked
from generation.requests import ModelRequest, Turn
from streams.telemetry import metering, tracing
from streams.telemetry.instruments import ASKED, TOKENS
from streams.telemetry.tally import Tally
from tests.streams.telemetry.following import following, id_of, parent_of

SECRET = "the report of a man from Bonn"
REQUEST = ModelRequest(
    id="item-1/draft/0",
    turns=(Turn(role="user", text=SECRET),),
    answer_schema={"type": "object", "properties": {"level": {"type": "string"}}, "required": ["level"]},
    max_tokens=64,
    temperature=0.7,
    candidates=2,
    seed=1,
)


@pytest.fixture
def tally() -> Iterator[Tally]:
    made = Tally()
    metering.use(made)
    yield made
    metering.use(None)


async def ask(request: ModelRequest = REQUEST) -> None:
    engine = ScriptedEngine(ScriptedSettings(latency_s=0.0))
    with asked(engine.card, request, "draft") as told:
        told(await engine.generate(request))


def test_a_request_is_a_span_under_what_asked_for_it_and_says_nothing_of_its_words(tally: Tally) -> None:
    with following() as seen:
        with tracing.source({}):
            asyncio.run(ask())
        span = seen.one("chat scripted")
        assert parent_of(span) == id_of(seen.one("take in source"))
    assert span.kind is SpanKind.CLIENT
    told = dict(span.attributes or {})
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.request.choice.count"] == 2
    assert told["gen_ai.response.finish_reasons"] == ("stop", "stop")
    counted = {one.labels[0]: one.value for one in tally.points() if one.name == TOKENS.name}
    assert counted == {"input": told["gen_ai.usage.input_tokens"], "output": told["gen_ai.usage.output_tokens"]}
    assert counted["input"] > 0
    assert SECRET not in span.to_json()
    assert "item-1" not in span.to_json()


def test_a_request_outside_a_trace_is_counted_and_has_no_span(tally: Tally) -> None:
    with following() as seen:
        asyncio.run(ask())
    assert not seen.spans
    [point] = [one for one in tally.points() if one.name == ASKED.name]
    assert (point.labels, sum(point.buckets)) == (("chat", "scripted", "draft", None), 1)


def test_a_request_that_fails_is_counted_by_its_reason(tally: Tally) -> None:
    with pytest.raises(RequestFailed):
        asyncio.run(ask(REQUEST.model_copy(update={"max_tokens": 10_000_000})))
    [point] = [one for one in tally.points() if one.name == ASKED.name]
    assert point.labels == ("chat", "scripted", "draft", "prompt-too-long")
    assert not [one for one in tally.points() if one.name == TOKENS.name]
