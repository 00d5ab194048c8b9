"""How items are drafted and revised."""

from __future__ import annotations

from pydantic import Field

from generation.model import Value


class GenerationSettings(Value):
    """Settings of the draft and revise requests."""

    draft_candidates: int = Field(default=4, ge=1, le=32)
    """Completions asked for a draft; the checks choose one."""
    revision_candidates: int = Field(default=2, ge=1, le=32)
    """Completions asked for a revision; the checks choose one."""
    few_shot: int = Field(default=2, ge=0, le=8)
    """Solved examples given as earlier chat turns; a small model needs them."""
    temperature: float = Field(default=0.7, ge=0, le=2)
    """Spread of a draft's candidates; 0 makes them all alike."""
    revision_temperature: float = Field(default=0.5, ge=0, le=2)
    """Spread of a revision's candidates."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Share of probability that sampling keeps."""
    max_tokens: int = Field(default=320, ge=32, le=4096)
    """Output tokens of one candidate, at most; a completion that reaches it is held as cut off."""
    hold_on_model_verdict: bool = True
    """Hold a sample when the reviser says that a criterion of severity `hold` is not met; all verdicts are stored."""


def small_model_profile() -> GenerationSettings:
    """Return the settings measured for the bundled model of 135 M parameters.

    Its verdicts say nothing about a sample, so they are stored and hold none.
    """
    return GenerationSettings(
        draft_candidates=3,
        revision_candidates=2,
        few_shot=3,
        temperature=0.6,
        revision_temperature=0.5,
        max_tokens=180,
        hold_on_model_verdict=False,
    )
