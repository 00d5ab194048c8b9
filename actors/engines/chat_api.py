"""OpenAI's chat API: a request to its JSON body, a stream of events to a completion, an error to its meaning."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from actors.engines.errors import RequestFailed
from actors.engines.images import given
from generation.requests import ModelRequest, Turn

MARKERS = re.compile(r"<\|[^|<>\s]{1,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>")
"""Control markers of the chat templates in use; the server's tokenizer is not at hand to tell its own."""
TOO_LONG = ("maximum context length", "context_length_exceeded", "max_model_len", "maximum model length")
SCHEMA = ("schema", "grammar", "response_format", "structured", "regex")


class ServerFailed(Exception):
    """A server did not answer; another, or the same one later, may."""

    def __init__(self, detail: str, wait_s: float | None = None) -> None:
        super().__init__(detail)
        self.wait_s = wait_s
        """Seconds it asked to be left alone for, when it only has too much work; None: it failed."""


class KeyRefused(Exception):
    """The server refuses the key, or has no such model any more: it refuses every request."""


@dataclass(frozen=True)
class Completion:
    """What a server made of one request."""

    text: str
    finish: str
    tokens: int
    prompt_tokens: int
    cached_tokens: int


def body(request: ModelRequest, images: Mapping[str, bytes], model: str, most_images: int) -> dict[str, Any]:
    """Return the JSON body that asks for one completion of a request, streamed, but for its seed.

    Raises:
        RequestFailed: an image is not given, or there are too many.
    """
    given(request, images, most_images)
    return {
        "model": model,
        "messages": [_message(turn, images) for turn in request.turns],
        "max_completion_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": request.answer_schema, "strict": True},
        },
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _message(turn: Turn, images: Mapping[str, bytes]) -> dict[str, Any]:
    text = MARKERS.sub(lambda found: f"{found[0][0]} {found[0][1:]}", turn.text)
    if not turn.images:
        return {"role": turn.role, "content": text}
    parts: list[dict[str, Any]] = []
    for sha256 in turn.images:
        url = f"data:image/png;base64,{base64.b64encode(images[sha256]).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return {"role": turn.role, "content": [*parts, {"type": "text", "text": text}]}


async def read_stream(request_id: str, lines: AsyncIterator[str], made: Callable[[int], None]) -> Completion:
    """Read server-sent events to their end; `made` is told of tokens as they come (a correction may be negative).

    Raises:
        ServerFailed: the stream broke off or told of a failure.
        RequestFailed: it told that the request is wrong.
    """
    texts: list[str] = []
    finish, counted, usage = "", 0, None
    async for line in lines:
        if not line.startswith("data:"):
            continue
        text = line[5:].strip()
        if text == "[DONE]":
            break
        event = _object(text)
        if "error" in event:
            raise meaning(request_id, _code(event["error"]), event)
        usage = event.get("usage") or usage
        for choice in event.get("choices", ()):
            content = choice.get("delta", {}).get("content")
            if content:
                texts.append(content)
                counted += 1
                made(1)
            finish = choice.get("finish_reason") or finish
    if not finish:
        raise ServerFailed("the stream broke off")
    usage = usage or {}
    tokens = int(usage.get("completion_tokens", counted))
    made(tokens - counted)
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Completion("".join(texts), finish, tokens, int(usage.get("prompt_tokens", 0)), int(cached))


def _code(error: object) -> int:
    """Return the status that an error in a stream tells; 500 where it tells it in words, or in no way known here."""
    code = error.get("code") if isinstance(error, dict) else None
    return int(code) if isinstance(code, int) or (isinstance(code, str) and code.isdecimal()) else 500


def meaning(request_id: str, status: int, told: object) -> Exception:
    """Return what a status other than 200 with this body means; no word of the body is repeated, it may quote prompts.

    The result is a RequestFailed, a KeyRefused or a ServerFailed.
    """
    if status == 429:
        return ServerFailed("too much work (429)", wait_s=1.0)
    if status >= 500 or status in (408, 409, 425):
        return ServerFailed(f"status {status}")
    if status in (401, 403, 404):
        return KeyRefused(f"status {status}")
    text = orjson.dumps(told).decode().lower() if not isinstance(told, str) else told.lower()
    if any(word in text for word in TOO_LONG):
        return RequestFailed(
            "prompt-too-long", f"{request_id}: prompt and answer exceed what the server's model holds: shorten them"
        )
    if any(word in text for word in SCHEMA):
        return RequestFailed("bad-schema", f"{request_id}: the server refuses the answer's schema (status {status})")
    return RequestFailed("bad-request", f"{request_id}: the server refuses the request (status {status})")


def _object(text: str) -> dict[str, Any]:
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ServerFailed("an event of the stream is no JSON") from error
    if not isinstance(event, dict):
        raise ServerFailed("an event of the stream is no object")
    return event
