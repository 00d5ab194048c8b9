"""How many items a source gives, and what each of them shows."""

from __future__ import annotations

from pydantic import Field

from generation.model import Value


class PlanSettings(Value):
    """Settings of a plan, which is made once for a source version: a setting that changes later alters none of them."""

    max_items: int = Field(default=500, ge=1, le=100_000)
    """Items of one source, at most; later statements are left out."""
    variants: int = Field(default=1, ge=1, le=20)
    """Items planned for one statement, at most; each has other distractors or another window."""
    window: int = Field(default=4, ge=1, le=8)
    """Evidence sentences of an item, at most."""
