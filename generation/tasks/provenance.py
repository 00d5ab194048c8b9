"""Request ids, seeds and the record of what really answered."""

from __future__ import annotations

import hashlib

from generation.provenance import Provenance
from generation.requests import ModelAnswer, ModelRequest

CORRECT = "correct"
"""What follows the id of a revise request in that of its corrective turn."""


def request_id(item: str, stage: str, round_: int) -> str:
    """Return `<item id>/<stage>/<round>`."""
    return f"{item}/{stage}/{round_}"


def round_of(request: ModelRequest) -> int:
    """Return the round that a request's id names; a corrective turn's id goes on behind it."""
    return int(request.id.split("/")[2])


def seed_of(request: str) -> int:
    """Return the sampling seed of a request (31 bits): a function of its id, so that items differ and runs do not."""
    return int.from_bytes(hashlib.sha256(request.encode()).digest()[:4], "big") >> 1


def provenance_of(
    request: ModelRequest,
    answer: ModelAnswer,
    *,
    prompt: str,
    criteria: str | None,
    chosen: int,
    seconds: float,
    host: str,
) -> Provenance:
    """Return the record of one answered request."""
    return Provenance(
        model=answer.model,
        model_digest=answer.model_digest,
        adapter=answer.adapter,
        engine=answer.engine,
        prompt=prompt,
        criteria=criteria,
        request=request.digest(),
        seed=request.seed,
        candidates=len(answer.candidates),
        chosen=chosen,
        prompt_tokens=answer.prompt_tokens,
        output_tokens=answer.output_tokens,
        seconds=seconds,
        host=host,
        random_weights=answer.random_weights,
    )
