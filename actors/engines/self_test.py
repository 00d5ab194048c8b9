"""The tiny request every engine answers before it is given work, and with every adapter before that is used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson

from actors.engines.errors import RequestFailed, SelfTestFailed
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


async def ask(generate: Callable[[ModelRequest], Awaitable[ModelAnswer]]) -> None:
    """Ask the request and look at the answer.

    Raises:
        SelfTestFailed: the answer does not follow the schema; such an engine must not be given work.
        EngineDead: the engine died of it.
    """
    try:
        answer = await generate(REQUEST)
        part = orjson.loads(answer.candidates[0].text)["part"]
    except (RequestFailed, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise SelfTestFailed(f"the self-test was not answered: {type(error).__name__}: {error}") from error
    if part not in WORDS:
        raise SelfTestFailed("the self-test was answered outside its schema")
