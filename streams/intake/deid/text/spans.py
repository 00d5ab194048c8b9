"""Claims on a text: who may replace which characters, settled by order of priority and without overlaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

_BETWEEN = " \t\r\n,;:.，。；：、"


class Claim(NamedTuple):
    """A span of the text and what it becomes."""

    start: int
    end: int
    kind: str
    """What is counted: `name`, `date`, `id` …"""
    new: str


class Claims:
    """Accepted claims. The first to claim a character has it; a guarded span refuses all later claims on it."""

    def __init__(self) -> None:
        self._taken: list[Claim] = []
        self._guarded: list[tuple[int, int]] = []

    def guard(self, spans: Iterable[tuple[int, int]]) -> None:
        """Protect spans (levels) from the claims that come after."""
        self._guarded.extend(spans)

    @property
    def accepted(self) -> tuple[Claim, ...]:
        """The accepted claims, in the order of the text."""
        return tuple(sorted(self._taken))

    def add(self, claims: Iterable[Claim]) -> None:
        """Accept the claims that touch nothing accepted or guarded before."""
        for claim in claims:
            if claim.start < claim.end and not self._met(claim):
                self._taken.append(claim)

    def add_parts(self, text: str, claims: Iterable[Claim]) -> None:
        """Accept of each claim what nothing accepted or guarded touches: half a hospital's name is still a name."""
        for claim in claims:
            at = claim.start
            for start, end in [*sorted(self._met(claim)), (claim.end, claim.end)]:
                part = text[at : max(at, start)]
                lead = len(part) - len(part.lstrip(_BETWEEN))
                if part.strip(_BETWEEN):
                    self._taken.append(claim._replace(start=at + lead, end=at + len(part.rstrip(_BETWEEN))))
                at = max(at, end)

    def _met(self, claim: Claim) -> list[tuple[int, int]]:
        """The accepted and guarded spans that a claim touches."""
        spans = [(taken.start, taken.end) for taken in self._taken] + self._guarded
        return [(start, end) for start, end in spans if claim.start < end and start < claim.end]

    def apply(self, text: str) -> tuple[str, Counter[str]]:
        """Return the text with every accepted claim carried out, and how many of each kind there were."""
        pieces: list[str] = []
        at = 0
        for claim in sorted(self._taken):
            pieces += [text[at : claim.start], claim.new]
            at = claim.end
        return "".join([*pieces, text[at:]]), Counter(claim.kind for claim in self._taken)
