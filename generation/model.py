"""The base of every value that crosses an edge (event, store, file)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; unknown fields are refused, so that a typo is an error and not a silent loss."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Growing(BaseModel):
    """A value read from an event: fields that a later release adds are ignored by an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")
