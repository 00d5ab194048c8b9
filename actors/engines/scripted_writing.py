"""What the scripted engine, which is for tests only, writes where a request asks for a question: plain and grounded.

It stands for a model that does what the prompt asks, so that tests can follow samples through to the review queue.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from actors.engines.schema_filler import fill
from generation.requests import ModelRequest

_FACT = re.compile(r"^Fact \[(?P<id>p\d+s\d+)\] (?P<text>.+)$", re.MULTILINE)
_RIGHT = re.compile(r"^Right option: (?P<text>.+)$", re.MULTILINE)
QUESTION = "Which finding is described for this patient?"


def write_plainly(request: ModelRequest, index: int) -> str:
    """Return a completion: the schema's filling, its writing replaced by the passage's fact and a plain question."""
    value = fill(request.answer_schema, f"{request.digest()}|{request.seed + index}")
    if isinstance(value, dict) and "question" in value:
        last = next((turn.text for turn in reversed(request.turns) if turn.role == "user"), "")
        _write(value, last)
    return orjson.dumps(value).decode()


def _write(value: dict[str, Any], turn: str) -> None:
    fact, right = _FACT.search(turn), _RIGHT.search(turn)
    if fact is None or right is None:
        return
    value["question"] = QUESTION
    value["rationale"] = fact["text"].strip().rstrip(".") + "."
    value["citations"] = [fact["id"]]
    if "level" in value:
        value["level"] = right["text"].split(" at ")[-1].strip()
    for verdict in (value.get("verdicts") or {}).values():
        verdict |= {"pass": True, "why": "It does."}
