"""One thing that a sentence says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """A finding or procedure as one clause speaks of it; [start, end) are the characters that say it."""

    finding: str
    levels: tuple[str, ...]
    """Levels of its clause that the finding can be at; none, one or more."""
    side: str | None
    grade: str | None
    """`<scale>:<value>`."""
    start: int
    end: int
    negated: bool
    hedged: bool
    """Doubted, or a procedure that nothing says was done or decided on."""
    certain: bool
    """Neither negated nor hedged, the only one of its clause, at one level, on one side at most; of a procedure
    moreover: said to be done or decided on."""
