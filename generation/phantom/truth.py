"""The truth of a phantom study: what is to be seen in it, where, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from generation.findings import vocabulary
from generation.items import Target
from generation.levels import sort_levels
from generation.model import Value
from generation.sources import Language


class Part(StrEnum):
    """The part of the spine that a study shows."""

    LUMBAR = "lumbar"
    """T9 to S1."""
    CERVICAL = "cervical"
    """C2 to T2."""


class StudyKind(StrEnum):
    """What a study is made of."""

    LUMBAR_MR = "lumbar_mr"
    """Sagittal and axial MR (T2), and a lateral radiograph (CR)."""
    LUMBAR_XRAY = "lumbar_xray"
    """A lateral and an AP radiograph (DX)."""
    LUMBAR_CT = "lumbar_ct"
    """Axial CT."""
    CERVICAL_MR = "cervical_mr"
    """Sagittal and axial MR (T2), and a lateral radiograph (CR)."""
    CERVICAL_XRAY = "cervical_xray"
    """A lateral and an AP radiograph (DX)."""

    @property
    def part(self) -> Part:
        """The part of the spine it shows."""
        return Part(self.value.partition("_")[0])

    @property
    def shows_canal(self) -> bool:
        """True where soft tissue is seen: discs beyond their height, and the canal."""
        return self not in (StudyKind.LUMBAR_XRAY, StudyKind.CERVICAL_XRAY)


class TrueFinding(Value):
    """One finding of a study."""

    finding: str
    """Id of the vocabulary, or `scoliosis` or `transitional_vertebra`, which it does not have."""
    level: str
    """Canonical; of a scoliosis its apex."""
    side: str | None = None
    """`left`, `right`, `bilateral` or `central`; of a scoliosis the side of its convexity."""
    grade: str | None = None
    """`<scale>:<value>`; scales beside the vocabulary's: `cobb` (degrees), `castellvi`."""
    ends: tuple[str, ...] = ()
    """The end vertebrae of a scoliosis, upper and lower."""
    measures: dict[str, float] = Field(default_factory=dict)
    """Sizes by name, the unit in the name: `slip_percent`, `loss_percent`, `canal_mm`, `depth_mm`, `cobb_degrees`."""

    @property
    def target(self) -> Target | None:
        """What a plan would ask about; None where the vocabulary has no such finding."""
        if self.finding not in vocabulary().by_id:
            return None
        return Target(finding=self.finding, level=self.level, side=self.side, grade=self.grade)


class Truth(Value):
    """All that is true of a study."""

    kind: StudyKind
    language: Language
    """The report's."""
    vertebrae: tuple[str, ...]
    """All it shows, from head to tail."""
    findings: tuple[TrueFinding, ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of its findings, from head to tail."""
        return levels_of(self.findings)

    def at(self, level: str, *findings: str) -> TrueFinding | None:
        """Return the first of the named findings at a level, None where it has none of them."""
        return next((one for one in self.findings if one.level == level and one.finding in findings), None)


def levels_of(findings: Iterable[TrueFinding]) -> tuple[str, ...]:
    """Return the levels of findings, end vertebrae included, from head to tail."""
    return sort_levels(level for one in findings for level in (one.level, *one.ends))
