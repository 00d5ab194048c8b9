"""The process that parses one PDF: bytes on stdin, lines with their places on stdout as JSON.

Run by file name in a fresh interpreter, so that nothing but pypdfium2 is loaded: a hostile file meets a process with
bounded memory, CPU time and output and without the parent's environment. It decides nothing about paragraphs.

Output: `{"pages": [[[text, left, bottom, right, size], ...], ...], "images": [bool, ...]}` in points from the page's
lower left, or `{"refused": reason, "detail": text}`.
"""

from __future__ import annotations

import ctypes
import json
import math
import resource
import sys

Line = tuple[str, float, float, float, float]
FEW_CHARACTERS = 60
HYPHENS = (0x02, 0xFFFE)
"""What pdfium puts for a hyphen and the line end after it, where a letter stands on both sides."""


class Refused(Exception):
    """The PDF is not taken: reason and detail."""


def limit(memory: int, cpu_s: int, output: int) -> None:
    """Bound this process before anything of the file is looked at."""
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))


def read(content: bytes, max_pages: int, max_characters: int) -> dict[str, object]:
    """Return every page's lines; raises `Refused`."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise Refused("encrypted", "the PDF needs a password") from error
        raise Refused("damaged", "the file cannot be opened as a PDF") from error
    if count == 0:
        raise Refused("damaged", "the PDF has no pages")
    if count > max_pages:
        raise Refused("too-large", f"{count:,} pages, more than the {max_pages:,} allowed")
    pages: list[list[Line]] = []
    images: list[bool] = []
    characters = 0
    for number in range(count):
        try:
            page = document[number]
            lines = page_lines(page)
        except pypdfium2.PdfiumError as error:
            raise Refused("damaged", f"page {number + 1} cannot be read") from error
        on_page = sum(len(line[0]) for line in lines)
        characters += on_page
        if characters > max_characters:
            raise Refused("too-large", f"more than the {max_characters:,} characters allowed")
        kinds = [pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
        images.append(on_page < FEW_CHARACTERS and next(iter(page.get_objects(kinds, max_depth=3)), None) is not None)
        pages.append(lines)
        page.close()
    return {"pages": pages, "images": images}


def page_lines(page: object) -> list[Line]:
    """Return a page's lines in the file's own order."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()  # type: ignore[attr-defined]
    handle = textpage.raw
    lines: list[Line] = []
    codes: list[int] = []
    marks: list[int] = []
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code in (10, 13):
            add_line(handle, codes, marks, lines)
            codes, marks = [], []
            continue
        ends_line = code in HYPHENS
        codes.append(ord("-") if ends_line else code)
        if code > 32 and code != 160:
            marks.append(index)
        if ends_line:
            add_line(handle, codes, marks, lines)
            codes, marks = [], []
    add_line(handle, codes, marks, lines)
    textpage.close()
    return lines


def add_line(handle: object, codes: list[int], marks: list[int], lines: list[Line]) -> None:
    """Add a line of character codes, with the box from its first to its last visible character, unless it is blank."""
    if not marks:
        return
    units = b"".join(code.to_bytes(2, "little") if code < 0x10000 else chr(code).encode("utf-16-le") for code in codes)
    text = " ".join(units.decode("utf-16-le", "replace").split())
    left, bottom, right, top = box(handle, marks[0])
    right = max(right, box(handle, marks[-1])[2])
    lines.append((text, round(left, 1), round(bottom, 1), round(right, 1), round(top - bottom, 1)))


def box(handle: object, index: int) -> tuple[float, float, float, float]:
    """Return (left, bottom, right, top) of a character with its font's full height."""
    import pypdfium2.raw as raw

    rect = raw.FS_RECTF()
    if not raw.FPDFText_GetLooseCharBox(handle, index, ctypes.byref(rect)):
        return 0.0, 0.0, 0.0, 0.0
    return bounded(rect.left), bounded(rect.bottom), bounded(rect.right), bounded(rect.top)


def bounded(value: float) -> float:
    """Return a coordinate that is a number and no wilder than any page."""
    return max(-1e6, min(1e6, value)) if math.isfinite(value) else 0.0


def main(arguments: list[str]) -> int:
    """Run with: memory (bytes), CPU seconds, output (bytes), pages, characters."""
    memory, cpu_s, output, max_pages, max_characters = map(int, arguments)
    limit(memory, cpu_s, output)
    answer: dict[str, object]
    try:
        answer = read(sys.stdin.buffer.read(), max_pages, max_characters)
    except Refused as refused:
        answer = {"refused": refused.args[0], "detail": refused.args[1]}
    except MemoryError:
        answer = {"refused": "too-large", "detail": "the PDF needs more memory than is allowed"}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
