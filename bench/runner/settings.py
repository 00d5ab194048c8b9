"""Settings of the scorer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from actors.engines.scoring_settings import ScoringSettings
from bench.runner.answerer import Method
from generation.model import Value
from generation.sources import Language

SEED = 20_510
"""Of the phantoms of the default version: none of the studies that `spinestream phantom` makes by default."""


class ScriptedAnswering(Value):
    """How the scripted answerer answers: without a model, for tests and to look at chance."""

    seed: int = Field(default=1, ge=0, description="The same seed, the same answers.")
    right: float | None = Field(
        default=None, ge=0, le=1, description="Probability that the bare model is right; none: it guesses."
    )
    adapted: float | None = Field(
        default=None, ge=0, le=1, description="The same of a model with an adapter; none: as the bare model."
    )
    unreadable: float = Field(default=0.0, ge=0, le=1, description="Share of constrained answers that cannot be read.")
    call_log: Path | None = Field(default=None, description="File that gets a line for every item that is asked.")


class ScorerSettings(Value):
    """How models are scored."""

    answerer: Literal["", "vllm", "scripted"] = Field(
        default="", description="What answers; empty: vllm, or scripted where the deployment's engine is scripted."
    )
    scoring: ScoringSettings = Field(default_factory=ScoringSettings, description="How the scoring engine computes.")
    scripted: ScriptedAnswering = Field(default_factory=ScriptedAnswering, description="How the scripted one answers.")
    method: Method = Field(
        default=Method.LIKELIHOOD, description="Which answers candidate and champion are compared by."
    )
    methods: tuple[Method, ...] = Field(
        default=tuple(Method), min_length=1, description="Which answers are asked for; `method` is always among them."
    )
    batch: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Items answered before their answers are kept: what a kill repeats, at most.",
    )
    phantoms: int = Field(
        default=40, ge=1, description="Phantoms of the version that the scorer makes where there is none."
    )
    languages: tuple[Language, ...] = Field(
        default=(Language.EN,), min_length=1, description="Languages of that version; the bundled model reads English."
    )
    seed: int = Field(default=SEED, ge=0, description="Of those phantoms.")
    share_compute: bool | None = Field(
        default=None, description="Whether the scorer waits for the compute lease; none: where there is no GPU."
    )

    @field_validator("method")
    @classmethod
    def _reads(cls, method: Method) -> Method:
        if method is Method.BLIND:
            raise ValueError("models are not compared by answers to a passage that they were not shown")
        return method

    @property
    def asked(self) -> tuple[Method, ...]:
        """The methods that are asked, the one that is compared by first."""
        return tuple(dict.fromkeys((self.method, *self.methods)))
