"""A generated corpus for proofs that need many items: facts with a known level, finding and side, in plain sentences.

Not prose anybody should learn from; each document says in its title that it is generated.
"""

from __future__ import annotations

import random
from pathlib import Path

LUMBAR = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
CERVICAL = ("C2/C3", "C3/C4", "C4/C5", "C5/C6", "C6/C7", "C7/T1")
SIDED = ("disc extrusion", "disc protrusion", "foraminal stenosis", "lateral recess stenosis", "synovial cyst")
WHOLE = ("disc bulge", "annular fissure", "retrolisthesis", "spondylolisthesis", "discitis", "disc degeneration")
WHO = ("baker", "teacher", "pilot", "nurse", "gardener", "driver", "cellist", "mason", "tailor", "sailor", "judge")
FACTS = 32
"""Facts a document can have, at most."""
WHAT = ("back pain after lifting", "pain on walking", "a numb foot", "night pain", "stiffness in the morning")


def write_corpus(folder: Path, documents: int, facts: int, seed: int = 7) -> list[Path]:
    """Write `documents` Markdown files of about `facts` facts each; the same arguments give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"generated-{number:03d}.md", number, facts, seed) for number in range(documents)]


def _write(place: Path, number: int, facts: int, seed: int) -> Path:
    chance = random.Random(f"{seed}-{number}")
    stated = [(finding, side) for finding in SIDED for side in ("left", "right")] + [(f, "") for f in WHOLE]
    pairs = [
        (finding, side, level) for finding, side in stated for level in (chance.choice(LUMBAR), chance.choice(CERVICAL))
    ]
    chance.shuffle(pairs)
    lines = [f"# Generated document {number}", ""]
    for case, (finding, side, level) in enumerate(pairs[:facts], 1):
        named = f"{side}-sided {finding}" if side else finding
        article = "An" if named[0] in "aeiou" else "A"
        lines += [
            f"## Case {case}",
            "",
            (
                f"A {chance.choice(WHO)} came with {chance.choice(WHAT)}. {article} {named} at {level} was seen. "
                f"Treatment was without surgery for {chance.randint(2, 12)} weeks."
            ),
            "",
        ]
    place.write_text("\n".join(lines), encoding="utf-8")
    return place
