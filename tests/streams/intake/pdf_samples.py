"""PDFs made for the tests: what reportlab draws, line by line."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

LEADING = 14.0
Drawn = tuple[str, float]
"""A line and the distance to the next baseline."""


def pdf(
    pages: Sequence[Sequence[str | Drawn]], header: str = "", footer: str = "", password: str | None = None
) -> bytes:
    """Draw pages of lines; `""` is half a line of space, `{}` in header or footer the page number."""
    out = io.BytesIO()
    encrypt = StandardEncryption(password, ownerPassword="owner") if password is not None else None
    canvas = Canvas(out, pagesize=A4, invariant=1, encrypt=encrypt)
    for number, lines in enumerate(pages, 1):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, 810, header.format(number))
        canvas.drawString(280, 30, footer.format(number))
        canvas.setFont("Times-Roman", 11)
        height = 770.0
        for line in lines:
            text, step = (line, LEADING if line else LEADING / 2) if isinstance(line, str) else line
            canvas.drawString(72, height, text)
            height -= step
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def scan(pages: int = 2) -> bytes:
    """Return a PDF whose pages are pictures only."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    picture = ImageReader(Image.new("L", (60, 80), 200))
    for _ in range(pages):
        canvas.drawImage(picture, 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
