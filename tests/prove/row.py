"""A row of the proof: what was run, what it printed, whether every bar was met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Row:
    """Collects figures; a figure with a bar is a check."""

    title: str
    how: str
    lines: list[str] = field(default_factory=list)
    missed: int = 0

    def say(self, text: str) -> None:
        """Note a figure that has no bar."""
        self.lines.append(text)
        print(f"  {text}", flush=True)

    def check(self, text: str, met: bool) -> None:
        """Note a figure and whether its bar was met."""
        self.missed += not met
        self.say(f"{'met   ' if met else 'MISSED'} {text}")


Prove = Callable[[Path], Row]
ROWS: dict[str, Prove] = {}


def row(name: str) -> Callable[[Prove], Prove]:
    """Register a row by name."""

    def register(prove: Prove) -> Prove:
        ROWS[name] = prove
        return prove

    return register
