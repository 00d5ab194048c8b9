"""Errors of vertebral levels."""

from __future__ import annotations

from generation.errors import GenerationError


class UnknownLevel(GenerationError, ValueError):
    """A name is not a canonical level (`L4`, `L4/L5`)."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is not a canonical level; write a vertebra as L4 and a disc as L4/L5, "
            "or read free text with find_levels"
        )
