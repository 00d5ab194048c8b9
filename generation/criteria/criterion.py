"""A criterion and a set of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from generation.model import Value
from generation.sources import Language

CHECK = "check:"
MODEL = "model"


class Severity(StrEnum):
    """What follows when a criterion is not met."""

    HOLD = "hold"
    """The sample is kept back from the queue."""
    NOTE = "note"
    """The verdict is stored; the sample goes on."""


class Sentence(Value):
    """One sentence in both languages."""

    en: str = Field(min_length=10, max_length=300)
    zh: str = Field(min_length=5, max_length=150)

    def of(self, language: Language) -> str:
        """Return the sentence in a language."""
        return self.zh if language is Language.ZH else self.en


class Criterion(Value):
    """One sentence a sample must satisfy."""

    id: str = Field(pattern="^[a-z][a-z0-9-]{1,40}$")
    version: str = Field(min_length=1, max_length=20)
    text: Sentence
    """Shown to the model and to reviewers, in the item's language."""
    severity: Severity
    judged_by: str = Field(pattern="^(model|check:[a-z-]+)$")
    """`model`, or `check:<name>` of the registry in `generation.checks`."""

    @property
    def check(self) -> str | None:
        """Name of the check that judges it; None when the model does."""
        return self.judged_by.removeprefix(CHECK) if self.judged_by.startswith(CHECK) else None


class CriteriaSet(Value):
    """All criteria of one kind of sample, under one version."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    version: str = Field(min_length=1, max_length=20)
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    @field_validator("criteria")
    @classmethod
    def _ids_differ(cls, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        ids = [criterion.id for criterion in criteria]
        doubled = sorted({name for name in ids if ids.count(name) > 1})
        if doubled:
            raise ValueError(f"criterion ids must differ, given twice: {', '.join(doubled)}")
        return criteria

    @property
    def label(self) -> str:
        """`<name>@<version>`, as provenance names it."""
        return f"{self.name}@{self.version}"

    def judged_by_model(self) -> tuple[Criterion, ...]:
        """Return the criteria whose verdict the revising model gives."""
        return tuple(criterion for criterion in self.criteria if criterion.check is None)
