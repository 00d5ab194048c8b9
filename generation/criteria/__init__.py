"""Versioned criteria: what a sample of a kind must satisfy, who judges it and whether a failure holds it back."""

from generation.criteria.criterion import CriteriaSet, Criterion, Sentence, Severity
from generation.criteria.loader import load_criteria, read_criteria

__all__ = ["CriteriaSet", "Criterion", "Sentence", "Severity", "load_criteria", "read_criteria"]
