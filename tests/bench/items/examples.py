"""Small items for tests."""

from __future__ import annotations

from typing import Any

from bench.items import BenchItem, BenchOption, Origin
from generation.sources import Language

LEVELS = ("L2/L3", "L3/L4", "L4/L5", "L5/S1")


def item(number: int, **changed: Any) -> BenchItem:
    """Return an item of its own case whose right answer goes round."""
    answer = number % 4
    told: dict[str, Any] = {
        "id": f"item-{number:04}",
        "axis": ("level_identification", "pathology")[number % 2],
        "language": Language.EN,
        "level": LEVELS[answer],
        "condition": "disc_bulge",
        "case": f"case-{number // 3}",
        "passage": f"Study {number}: a disc bulge at {LEVELS[answer]}.",
        "question": "At which level is the disc bulge?",
        "options": tuple(BenchOption(id="ABCD"[n], text=f"Disc bulge at {level}") for n, level in enumerate(LEVELS)),
        "answer": "ABCD"[answer],
        "origin": Origin.PHANTOM,
        "phantom": True,
    }
    return BenchItem(**{**told, **changed})
