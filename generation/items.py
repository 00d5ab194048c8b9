"""What a plan decides about an item, before any model is asked: evidence, target, options and their order.

The model writes language around a target; it does not choose the truth.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from generation.model import Growing
from generation.readings import Reading
from generation.sources import Figure, Language, SourceRef


class Kind(StrEnum):
    """A kind of sample."""

    MCQ = "mcq"
    """Multiple choice, one right option."""
    OPEN_QA = "open_qa"
    """An open question, its reasoning and its answer."""
    CONSULTATION = "consultation"
    """A doctor and a patient, three exchanges or more, ending in a plan."""
    REPORT = "report"
    """A diagnostic report of six parts."""


class Axis(StrEnum):
    """The clinical axis of SpineBench an item belongs to."""

    LEVEL_IDENTIFICATION = "level_identification"
    """Which vertebra or motion segment."""
    PATHOLOGY = "pathology"
    """Which finding, side or grade."""
    SURGICAL_PLANNING = "surgical_planning"
    """What to do about it."""


class Role(StrEnum):
    """Why an option is there."""

    ANSWER = "answer"
    """The target, true in the source."""
    ADJACENT_LEVEL = "adjacent_level"
    """The target at a neighbouring level."""
    OTHER_SIDE = "other_side"
    """The target on another side."""
    OTHER_FINDING = "other_finding"
    """Another finding at the target's level."""
    OTHER_PROCEDURE = "other_procedure"
    """Another operation at the target's level."""
    OTHER_GRADE = "other_grade"
    """The target with another grade of the same scale."""


class Target(Growing):
    """The fact an item asks about, as its cited sentences state it."""

    finding: str
    """Id of the vocabulary (`disc_extrusion`)."""
    level: str
    """Canonical: `L4/L5` for a motion segment, `L4` for a vertebra."""
    side: str | None = None
    """`left`, `right`, `bilateral`, `central`, where the source says so."""
    grade: str | None = None
    """`<scale>:<value>` (`severity:severe`, `meyerding:II`), where the source says so."""


class Evidence(Growing):
    """A sentence of the source that the item may cite."""

    id: str
    text: str
    page: int | None = None
    start: int
    end: int


class Fact(Growing):
    """One fact that the evidence states."""

    target: Target
    support: tuple[str, ...] = Field(min_length=1)
    """Ids of the evidence sentences that state it."""


class Option(Growing):
    """One answer option; its text comes from the plan, never from a model."""

    id: str
    """`A` to `D`."""
    text: str
    role: Role
    claim: Target | None = None
    """What the option asserts, as a target; the checks compare it with the evidence."""


class PlannedItem(Growing):
    """Everything about an item that must not depend on the order in which things happen."""

    id: str
    source: SourceRef
    plan: str
    """Id of the plan that names this item."""
    plan_version: str
    slot: int = Field(ge=0)
    kind: Kind
    language: Language
    axis: Axis
    heading_path: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    support: tuple[str, ...] = Field(min_length=1)
    """Ids of the evidence sentences that state the target."""
    target: Target
    facts: tuple[Fact, ...] = ()
    """Every fact the evidence states, the target first, for kinds that tell of more than one (consultation, report)."""
    levels: tuple[str, ...]
    """Every level the evidence names, canonical: the values a level field may take."""
    options: tuple[Option, ...]
    """Of a multiple choice item; other kinds have none."""
    answer: str
    """Id of the right option of a multiple choice item; of other kinds the target in the item's language."""
    reading: Reading | None = None
    """What the read stage says of the source; none where it was not read."""
    figures: tuple[Figure, ...] = ()
    """Pictures of the source, in the order in which an engine that reads images is shown them."""


class Plan(Growing):
    """All items of one source version for one kind and one language; zero items is a plan too."""

    id: str
    source: SourceRef
    plan_version: str
    kind: Kind
    language: Language
    items: tuple[PlannedItem, ...]
