"""Writes `cervical_and_thoracolumbar.pdf` from the text beside it; the same text gives the same bytes.

Run `python examples/documents/make_pdf.py` (needs reportlab, which the `dev` extra brings).
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

HERE = Path(__file__).parent
SOURCE = HERE / "cervical_and_thoracolumbar.yaml"
TARGET = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "documents" / "cervical_and_thoracolumbar.pdf"
BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=11, leading=14.5, spaceAfter=8)
TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=17, leading=22, spaceAfter=12)
HEADING = ParagraphStyle("heading", fontName="Helvetica-Bold", fontSize=12.5, leading=16, spaceBefore=8, spaceAfter=6)


def running_lines(canvas: Canvas, template: SimpleDocTemplate) -> None:
    """Draw the header and the page number of one page."""
    canvas.setFont("Helvetica", 8.5)
    canvas.drawString(25 * mm, A4[1] - 15 * mm, "Spine teaching notes: cervical and thoracolumbar conditions")
    canvas.drawCentredString(A4[0] / 2, 12 * mm, f"Page {template.page}")


def main() -> None:
    """Write the PDF."""
    text = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    story = [Paragraph(text["title"], TITLE)]
    for section in text["sections"]:
        story.append(Paragraph(section["heading"], HEADING))
        story += [Paragraph(" ".join(paragraph.split()), BODY) for paragraph in section["paragraphs"]]
    template = SimpleDocTemplate(
        str(TARGET), pagesize=A4, invariant=1, title=text["title"], author="The spinestream developers",
        leftMargin=25 * mm, rightMargin=25 * mm, topMargin=25 * mm, bottomMargin=22 * mm,
    )  # fmt: skip
    template.build(story, onFirstPage=running_lines, onLaterPages=running_lines)


if __name__ == "__main__":
    main()
