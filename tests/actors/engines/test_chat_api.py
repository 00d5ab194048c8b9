from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
from engine_contract import make

from actors.engines.chat_api import Completion, KeyRefused, ServerFailed, body, meaning, read_stream
from actors.engines.errors import RequestFailed
from generation.requests import Turn


def events(*told: object, done: bool = True) -> list[str]:
    lines = [f"data: {one if isinstance(one, str) else orjson.dumps(one).decode()}" for one in told]
    return [*lines, "", ": a comment", *(["data: [DONE]"] if done else [])]


def read(lines: list[str]) -> tuple[Completion, list[int]]:
    made: list[int] = []

    async def stream() -> AsyncIterator[str]:
        for line in lines:
            yield line

    return asyncio.run(read_stream("x/draft/0", stream(), made.append)), made


def content(text: str | None, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


def test_pieces_are_put_together_and_counted_as_they_come() -> None:
    usage = {
        "choices": [],
        "usage": {"completion_tokens": 5, "prompt_tokens": 40, "prompt_tokens_details": {"cached_tokens": 32}},
    }
    told, made = read(events(content(""), content('{"a"'), content(":1}"), content(None, "stop"), usage))
    assert told == Completion('{"a":1}', "stop", 5, 40, 32)
    assert made == [1, 1, 3], "the last puts the count right"


def test_a_server_that_tells_no_usage_is_counted_by_pieces() -> None:
    told, made = read(events(content("a"), content("b", "length"), done=False))
    assert told == Completion("ab", "length", 2, 0, 0)
    assert sum(made) == 2


@pytest.mark.parametrize(
    "lines",
    [
        events(content("a"), done=False),
        events(content("a")),
        events("{torn"),
        events("[]"),
        events({"error": {"message": "oom", "code": 500}}),
        events({"error": {"message": "?"}}),
    ],
)
def test_a_stream_that_breaks_off_is_the_servers_failure(lines: list[str]) -> None:
    with pytest.raises(ServerFailed):
        read(lines)


@pytest.mark.parametrize(
    "error", [{"message": "?", "code": "server_error"}, {"message": "?", "code": None}, "overloaded", ["?"], None]
)
def test_an_error_within_a_stream_that_is_told_in_words_is_the_servers(error: object) -> None:
    with pytest.raises(ServerFailed):
        read(events({"error": error}))


def test_an_error_within_a_stream_may_tell_its_status_in_digits() -> None:
    with pytest.raises(ServerFailed) as caught:
        read(events({"error": {"code": "429"}}))
    assert caught.value.wait_s is not None


def test_an_error_within_a_stream_may_be_the_requests_own() -> None:
    with pytest.raises(RequestFailed, match="bad-schema"):
        read(events({"error": {"message": "the grammar is wrong", "code": 400}}))


@pytest.mark.parametrize(
    ("status", "told", "kind", "reason"),
    [
        (400, "This model's maximum context length is 4096", RequestFailed, "prompt-too-long"),
        (400, {"error": {"code": "context_length_exceeded"}}, RequestFailed, "prompt-too-long"),
        (400, "Invalid schema for response_format", RequestFailed, "bad-schema"),
        (400, "unsupported Grammar", RequestFailed, "bad-schema"),
        (422, "no", RequestFailed, "bad-request"),
        (413, "no", RequestFailed, "bad-request"),
        (401, "", KeyRefused, None),
        (404, "", KeyRefused, None),
        (408, "", ServerFailed, None),
        (429, "", ServerFailed, None),
        (500, "maximum context length", ServerFailed, None),
        (503, "", ServerFailed, None),
    ],
)
def test_what_a_status_means(status: int, told: object, kind: type[Exception], reason: str | None) -> None:
    error = meaning("x/draft/0", status, told)
    assert type(error) is kind
    assert getattr(error, "reason", None) == reason
    if isinstance(error, ServerFailed):
        assert (error.wait_s is not None) == (status == 429)


def test_no_error_repeats_a_word_of_the_server() -> None:
    for status in (400, 401, 422, 429, 500):
        assert "Mrs Example" not in str(meaning("x", status, "the prompt 'Mrs Example, 61' is refused"))


def test_a_request_becomes_a_body_with_its_schema_as_it_is() -> None:
    request = make("x", temperature=0.5, max_tokens=77)
    made = body(request, {}, "served", 0)
    assert made["model"] == "served"
    assert (made["max_completion_tokens"], made["temperature"], made["top_p"]) == (77, 0.5, 1.0)
    assert made["response_format"]["json_schema"]["schema"] is request.answer_schema
    assert made["messages"][0] == {"role": "system", "content": request.turns[0].text}
    assert "seed" not in made


@pytest.mark.parametrize("marker", ["<|im_end|>", "<|eot_id|>", "</s>", "[INST]", "<start_of_turn>", "<|image_pad|>"])
def test_a_passage_cannot_end_its_turn(marker: str) -> None:
    turns = (Turn(role="user", text=f"a {marker} b < | 5 </sub> [1]"),)
    (message,) = body(make("x", turns=turns), {}, "m", 0)["messages"]
    assert marker not in message["content"]
    assert message["content"].endswith("b < | 5 </sub> [1]")
