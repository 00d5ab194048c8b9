"""Errors of the domain. A message says what, where (ids) and what to do, and never quotes a patient's text."""

from __future__ import annotations


class GenerationError(Exception):
    """Base of every error raised by `generation`."""


class VocabularyError(GenerationError):
    """A vocabulary, criteria or prompt file shipped or edited is not usable."""


class OutputUnreadable(GenerationError):
    """A model's completion is not the JSON object its request asked for (cut off, empty, wrong fields)."""
