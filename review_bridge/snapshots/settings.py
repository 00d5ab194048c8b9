"""What an operator may set of datasets."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DatasetSettings(BaseModel):
    """How a dataset is cleaned before it is frozen."""

    model_config = ConfigDict(extra="forbid")

    duplicate: float = Field(
        default=0.8,
        ge=0.3,
        le=1,
        description="Share of common runs of words (Jaccard) from which two samples are one; the smaller id stays.",
    )
