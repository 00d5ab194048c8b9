"""Settings of a scoring engine."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generation.model import Value


class ScoringSettings(Value):
    """How a scoring engine computes."""

    dtype: Literal["float32", "bfloat16", "float16"] = Field(
        default="float32",
        description="Number format; what an adapter adds may be smaller than the step of bfloat16.",
    )
    max_model_len: int = Field(default=2048, ge=256, description="Tokens of a question with an answer, at most.")
    max_num_seqs: int = Field(default=16, ge=1, le=1024, description="Questions computed at the same time.")
    omp_threads: int = Field(default=1, ge=1, le=256, description="Computing threads on a CPU.")
