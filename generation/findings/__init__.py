"""Findings: their vocabulary, what a sentence states, what it could mean, and how an option is worded."""

from generation.findings.attributes import grades_in, sides_in
from generation.findings.possible import Fact, could_be_true, possible_facts
from generation.findings.procedures import names_procedure_only
from generation.findings.render import render
from generation.findings.statement import Statement
from generation.findings.statements import find_statements, states
from generation.findings.vocabulary import Finding, Scale, Structure, Vocabulary, read_vocabulary, vocabulary

__all__ = [
    "Fact",
    "Finding",
    "Scale",
    "Statement",
    "Structure",
    "Vocabulary",
    "could_be_true",
    "find_statements",
    "grades_in",
    "names_procedure_only",
    "possible_facts",
    "read_vocabulary",
    "render",
    "sides_in",
    "states",
    "vocabulary",
]
