"""How items are drafted and revised."""

from __future__ import annotations

from pydantic import Field

from generation.model import Value

FEWEST_EXCHANGES = 3
"""Of a consultation: less is no dialogue."""


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
    correction_temperature: float = Field(default=0.7, ge=0, le=2)
    """Spread of a corrective turn's candidates; above that of the revision, which did not do."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Share of probability that sampling keeps."""
    text_scale: float = Field(default=1.0, ge=0.5, le=8)
    """Scales the longest length of every text that a model writes; a larger model has more to say."""
    exchanges: int = Field(default=FEWEST_EXCHANGES, ge=FEWEST_EXCHANGES, le=5)
    """Exchanges of a consultation, a turn of the patient and one of the doctor each; more make it longer and dearer."""
    max_tokens: int = Field(default=4096, ge=32, le=32768)
    """Output tokens of one candidate, at most. A request asks for no more than its answer can need; a cap below that
    cuts long answers off, and what is cut off is held."""
    corrective_turns: int = Field(default=1, ge=0, le=1)
    """Times the reviser is told what the checks found wrong and asked to write again."""
    images: int = Field(default=2, ge=0, le=16)
    """Pictures of a source that are shown with a request, at most, to an engine that reads images."""
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
        hold_on_model_verdict=False,
    )
