"""A request to an engine as telemetry tells of it: a span in the record's trace, a duration, tokens.

Names are those of OpenTelemetry's conventions for generative AI. Neither prompt nor answer is told.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from actors.engines.base import EngineCard
from actors.engines.errors import EngineDead, RequestFailed
from generation.requests import ModelAnswer, ModelRequest
from streams.telemetry import metering, tracing
from streams.telemetry.instruments import ASKED, TOKENS

OPERATION = "chat"
Told = Callable[[ModelAnswer], None]


@contextlib.contextmanager
def asked(card: EngineCard, request: ModelRequest, stage: str) -> Iterator[Told]:
    """Tell of a request that is asked within; yields what is to be called with its answer."""
    spans = tracing.active()
    if spans is None and not metering.on():
        yield _nobody
        return
    span = spans.ask(f"{OPERATION} {card.model}", _attributes(card, request, stage)) if spans is not None else None
    began = time.monotonic()
    error: str | None = None
    got: list[ModelAnswer] = []
    try:
        yield got.append
    except BaseException as failed:
        error = _kind(failed)
        raise
    finally:
        metering.observe(ASKED, time.monotonic() - began, OPERATION, card.model, stage, error)
        for answer in got:
            metering.count(TOKENS, answer.prompt_tokens, "input", card.model, stage)
            metering.count(TOKENS, answer.output_tokens, "output", card.model, stage)
            if span is not None:
                span.set_attributes(_answered(answer))
        if spans is not None and span is not None:
            spans.end(span, error)


def _nobody(_: ModelAnswer) -> None:
    """Tell nobody."""


def _kind(failed: BaseException) -> str:
    """Return a name of few there are: an engine's reason code, or the type of the error."""
    if isinstance(failed, RequestFailed):
        return failed.reason
    return "engine-dead" if isinstance(failed, EngineDead) else type(failed).__name__


def _attributes(card: EngineCard, request: ModelRequest, stage: str) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": OPERATION,
        "gen_ai.provider.name": card.engine,
        "gen_ai.request.model": card.model,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.request.temperature": request.temperature,
        "gen_ai.request.choice.count": request.candidates,
        "spinestream.stage": stage,
        "spinestream.images": len(request.images),
    }


def _answered(answer: ModelAnswer) -> dict[str, Any]:
    return {
        "gen_ai.response.model": answer.model,
        "gen_ai.response.finish_reasons": tuple(one.finish for one in answer.candidates),
        "gen_ai.usage.input_tokens": answer.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.output_tokens,
        "spinestream.adapter": answer.adapter or "",
    }
