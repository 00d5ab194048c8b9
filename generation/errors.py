"""Errors of the domain. A message says what, where (ids) and what to do, and never quotes a patient's text."""

from __future__ import annotations

from collections.abc import Sequence


class GenerationError(Exception):
    """Base of every error raised by `generation`."""


class VocabularyError(GenerationError):
    """A vocabulary, criteria or prompt file shipped or edited is not usable."""


class OutputUnreadable(GenerationError):
    """A model's completion is not the JSON object its request asked for (cut off, empty, wrong fields)."""


class ManifestInvalid(GenerationError):
    """A line of a dataset's manifest is no row."""

    def __init__(self, line: int, places: Sequence[str]) -> None:
        super().__init__(
            f"line {line} of the manifest does not parse at {', '.join(places)}; is it the manifest of a snapshot, "
            "made by this release or an older one?"
        )
