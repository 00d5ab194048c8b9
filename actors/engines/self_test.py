"""The tiny request every engine answers before it is given work, and with every adapter before that is used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson

from actors.engines.errors import EngineDead, RequestFailed, SelfTestFailed
from generation.requests import ModelAnswer, ModelRequest, Turn

WORDS = ["disc", "nerve", "bone"]
REQUEST = ModelRequest(
    id="self-test/engine/0",
    turns=(Turn(role="user", text="Name one part of the spine."),),
    answer_schema={
        "type": "object",
        "properties": {"part": {"enum": WORDS}},
        "required": ["part"],
        "additionalProperties": False,
    },
    max_tokens=32,
    temperature=0,
    seed=0,
)


CLEANINGS = 5
"""How often an engine's memory is cleaned at most after a failed self-test."""


async def cleaned(clean: Callable[[], Awaitable[int]]) -> None:
    """Clean an engine's memory until nothing is found: a step that was under way may write once more."""
    for _ in range(CLEANINGS):
        if not await clean():
            return
    raise EngineDead(f"what is no number comes back into the engine's memory after {CLEANINGS} cleanings")


async def ask(
    generate: Callable[[ModelRequest], Awaitable[ModelAnswer]], clean: Callable[[], Awaitable[int]] | None = None
) -> None:
    """Ask the request and look at the answer; where it is none, have the engine's memory cleaned by `clean`.

    Raises:
        SelfTestFailed: the answer does not follow the schema; such an engine must not be given work.
        EngineDead: the engine died of it, or cannot be cleaned.
    """
    try:
        _look(await generate(REQUEST))
    except (RequestFailed, SelfTestFailed) as error:
        if clean is not None:
            await cleaned(clean)
        raise SelfTestFailed(f"the self-test was not answered: {type(error).__name__}: {error}") from error


def _look(answer: ModelAnswer) -> None:
    """Raise SelfTestFailed for an answer outside the schema."""
    try:
        part = orjson.loads(answer.candidates[0].text)["part"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise SelfTestFailed(f"{type(error).__name__}: {error}") from error
    if part not in WORDS:
        raise SelfTestFailed("it was answered outside its schema")
