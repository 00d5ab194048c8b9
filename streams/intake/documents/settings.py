"""Bounds on what is read from a document."""

from __future__ import annotations

from pydantic import Field

from generation.model import Value

MIB = 1024 * 1024


class DocumentSettings(Value):
    """How much of a document is read before it is refused."""

    max_bytes: int = Field(default=64 * MIB, ge=1, le=1024 * MIB)
    """A larger file is refused without being read."""
    pdf_timeout_s: float = Field(default=60.0, gt=0, le=3600)
    """Wall-clock seconds one PDF may take."""
    pdf_cpu_s: int = Field(default=60, ge=1, le=3600)
    """CPU seconds one PDF may take."""
    pdf_memory_bytes: int = Field(default=2048 * MIB, ge=256 * MIB, le=65536 * MIB)
    """Address space of the process that parses one PDF."""
    pdf_max_pages: int = Field(default=2000, ge=1, le=100_000)
    """A PDF with more pages is refused."""
    pdf_max_characters: int = Field(default=20_000_000, ge=1, le=200_000_000)
    """A PDF whose pages hold more characters is refused."""


DEFAULT_SETTINGS = DocumentSettings()
