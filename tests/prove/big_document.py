"""One document of a thousand pages, each with a case of its own: two facts with a known level, finding and side."""

from __future__ import annotations

import io
import random
from itertools import product
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from spinestream.perf.corpus import CERVICAL, LUMBAR, SIDED, WHAT, WHO, WHOLE

THORACIC = tuple(f"T{n}/T{n + 1}" for n in range(1, 12))
PAGES = 1000


def write_big_document(place: Path, pages: int = PAGES, seed: int = 11) -> Path:
    """Write a PDF of `pages` pages; the same arguments give the same text."""
    chance = random.Random(seed)
    sides = [(finding, side) for finding in SIDED for side in ("left-sided ", "right-sided ")]
    named = [f"{side}{finding}" for finding, side in [*sides, *((finding, "") for finding in WHOLE)]]
    facts = list(product(named, (*LUMBAR, *CERVICAL, *THORACIC)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for number in range(pages):
        first, second = (facts[at % len(facts)] for at in (number, number + 150))
        said = [f"{'An' if name[0] in 'aeiou' else 'A'} {name} at {level} was seen." for name, level in (first, second)]
        who = f"A {chance.choice(WHO)} came with {chance.choice(WHAT)}."
        treated = f"Treatment was without surgery for {chance.randint(2, 12)} weeks."
        _page(canvas, number + 1, (who, *said, treated))
    canvas.save()
    place.write_bytes(out.getvalue())
    return place


def _page(canvas: Canvas, number: int, lines: tuple[str, ...]) -> None:
    canvas.setFont("Times-Roman", 11)
    canvas.drawString(72, 790, f"Case {number}")
    for line, text in enumerate(lines):
        canvas.drawString(72, 760 - 14 * line, text)
    canvas.showPage()
