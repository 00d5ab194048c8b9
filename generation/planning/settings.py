"""How many items a source gives, and what each of them shows."""

from __future__ import annotations

from pydantic import Field

from generation.model import Value


class PlanSettings(Value):
    """Settings of a plan, which is made once for a source version: a setting that changes later alters none of them."""

    max_items: int = Field(default=500, ge=1, le=100_000)
    """Multiple choice items of one source, and open questions, at most; later statements are left out."""
    max_consultations: int = Field(default=12, ge=1, le=10_000)
    """Consultations of one source, at most; later sections are left out."""
    max_reports: int = Field(default=8, ge=1, le=10_000)
    """Reports of one source, at most; later sections are left out."""
    variants: int = Field(default=1, ge=1, le=20)
    """Multiple choice items, and open questions, planned for one statement, at most; each has other distractors or
    another window."""
    window: int = Field(default=4, ge=1, le=8)
    """Evidence sentences of a multiple choice item or an open question, at most."""
    consultation_window: int = Field(default=8, ge=1, le=24)
    """Evidence sentences of a consultation, at most."""
    report_window: int = Field(default=12, ge=1, le=24)
    """Evidence sentences of a report, at most."""
    max_facts: int = Field(default=6, ge=2, le=12)
    """Facts of a consultation or a report, at most; those that follow in its evidence are left out."""
