"""Files that no document reader can take: one of each kind a stranger's folder may hold."""

from __future__ import annotations

import os
from pathlib import Path

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

HUGE = 300 * 2**20


def write_bad_files(folder: Path) -> list[str]:
    """Write an empty, a binary, a non-UTF-8, an encrypted and a 300 MB file; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "empty.md").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 64)
    (folder / "latin.txt").write_bytes(
        "Ein Bandscheibenvorfall auf Höhe L4/L5, größer als zuvor.\n".encode("latin-1") * 50
    )
    canvas = Canvas(str(folder / "encrypted.pdf"), encrypt=StandardEncryption("owner", ownerPassword="other"))
    canvas.drawString(72, 720, "A disc bulge at L4/L5.")
    canvas.save()
    (folder / "truncated.pdf").write_bytes((folder / "encrypted.pdf").read_bytes()[:400])
    with (folder / "huge.txt").open("wb") as file:
        os.truncate(file.fileno(), HUGE)
    return ["empty.md", "binary.txt", "latin.txt", "encrypted.pdf", "truncated.pdf", "huge.txt"]
