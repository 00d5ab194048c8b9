"""The tiny request every engine answers before it is given work."""

from __future__ import annotations

import orjson

from actors.engines.base import Engine
from actors.engines.errors import EngineDead, RequestFailed
from generation.requests import ModelRequest, Turn

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


async def ask(engine: Engine) -> None:
    """Ask the request and look at the answer.

    Raises:
        EngineDead: the answer does not follow the schema; such an engine must not be given work.
    """
    try:
        answer = await engine.generate(REQUEST)
        part = orjson.loads(answer.candidates[0].text)["part"]
    except (RequestFailed, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise EngineDead(f"the self-test was not answered: {type(error).__name__}: {error}") from error
    if part not in WORDS:
        raise EngineDead("the self-test was answered outside its schema")
