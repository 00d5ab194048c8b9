"""Tables of other benchmarks, as VLMEvalKit has them: a TSV with a question a row.

Columns: `index`, `question`, options `A` to `H`, `answer` (a letter); may have `hint` (what is shown before the
question), `category`, `image` (base64, or the index of the row that has it), `case`. A row without options is a prompt
for a report, its `answer` the report that is right.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from bench.errors import TableUnreadable
from bench.items.item import BenchItem, BenchOption, ItemKind, Origin
from bench.items.naming import bench_id
from generation.ids import digest
from generation.levels import find_levels
from generation.sources import Language
from streams.intake.documents.sentences import is_chinese

LETTERS = "ABCDEFGH"
NEEDED = ("index", "question", "answer")
LARGEST_FIELD = 64 << 20
"""Characters of a field: pictures are in the table."""
SHORTEST_IMAGE = 64
"""Characters; what is shorter is the index of another row (VLMEvalKit's rule)."""
_BEGINS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp", b"BM": "bmp", b"GIF8": "gif"}

Row = Mapping[str, str]


class Table(NamedTuple):
    """What a table holds."""

    items: tuple[BenchItem, ...]
    images: Mapping[str, bytes]
    """Bytes of every picture by their sha256."""


def read_table(content: bytes, name: str) -> Table:
    """Return the items of a TSV; `name` tells it from other tables, and is part of the ids.

    Raises:
        TableUnreadable: a column is missing, or a row has no index, question or right answer, or a picture that is
            none; row and column are named.
    """
    rows = _rows(content)
    images = {row["index"]: _image(number, row) for number, row in enumerate(rows, start=1) if row.get("image")}
    shown = {index: digest(image) for index, image in images.items() if image is not None}
    items = []
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if row["index"] in seen:
            raise TableUnreadable(number, "index", f"{row['index']!r} is there already: number rows once")
        seen.add(row["index"])
        items.append(_item(number, row, name, _shown(number, row, shown)))
    return Table(tuple(items), {digest(image): image for image in images.values() if image is not None})


def _rows(content: bytes) -> list[dict[str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n")
        raise TableUnreadable(line, "", "not UTF-8: save the table as UTF-8") from error
    limit = csv.field_size_limit(LARGEST_FIELD)
    try:
        read = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")
        names = [name.strip() for name in read.fieldnames or ()]
        for needed in NEEDED:
            if needed not in names:
                raise TableUnreadable(0, needed, f"it is missing; the table has {', '.join(names) or 'no column'}")
        return [_cells(number, row, names) for number, row in enumerate(read, start=1)]
    except csv.Error as error:
        raise TableUnreadable(0, "", f"not a TSV ({error})") from error
    finally:
        csv.field_size_limit(limit)


def _cells(number: int, row: dict[str | None, str | list[str] | None], names: list[str]) -> dict[str, str]:
    """Return the cells of a row by column; `index` and `question` must be there."""
    if None in row:
        raise TableUnreadable(number, names[-1], f"more cells than the header has columns ({len(names)})")
    cells = {str(name).strip(): str(value or "").strip() for name, value in row.items()}
    for needed in ("index", "question"):
        if not cells[needed]:
            raise TableUnreadable(number, needed, "it is empty")
    return cells


def _image(number: int, row: Row) -> bytes | None:
    """Return the picture of a row; None where the cell names another row."""
    text = row["image"]
    if len(text) < SHORTEST_IMAGE:
        return None
    try:
        image = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise TableUnreadable(number, "image", f"not base64 ({error})") from error
    if not image.startswith(tuple(_BEGINS)):
        raise TableUnreadable(number, "image", f"no picture; it is to be one of {', '.join(_BEGINS.values())}")
    return image


def _shown(number: int, row: Row, shown: Mapping[str, str]) -> str:
    """Return the sha256 of the picture that a row shows; empty where it shows none."""
    if not row.get("image"):
        return ""
    found = shown.get(row["index"]) or shown.get(row["image"])
    if found is None:
        raise TableUnreadable(number, "image", f"neither a picture nor the index of a row with one: {row['image']!r}")
    return found


def _item(number: int, row: Row, name: str, image: str) -> BenchItem:
    options = tuple(_options(number, row))
    kind = ItemKind.REPORT if not options else ItemKind.IMAGE if image else ItemKind.TEXT
    if not row["answer"]:
        raise TableUnreadable(number, "answer", "it is empty")
    letters = [option.id for option in options]
    answer = row["answer"].upper() if options else ""
    if options and answer not in letters:
        raise TableUnreadable(number, "answer", f"{row['answer']!r} is none of the options {', '.join(letters)}")
    right = next((option.text for option in options if option.id == answer), "")
    try:
        return BenchItem(
            id=bench_id("tsv", name, row["index"]),
            kind=kind,
            axis=row.get("category") or "uncategorised",
            language=Language.ZH if is_chinese(row["question"]) else Language.EN,
            level=_level(right) or _level(row["question"]),
            case=f"{name}:{row.get('case') or row['index']}",
            passage=row.get("hint", ""),
            question=row["question"],
            options=options,
            answer=answer,
            origin=Origin.TSV,
            template=name,
            image=image,
            reference="" if options else row["answer"],
        )
    except ValidationError as error:
        raise TableUnreadable(number, "A", str(error.errors()[0]["msg"])) from error


def _options(number: int, row: Row) -> Iterator[BenchOption]:
    """Give the options of a row; a letter after one that is empty is a fault."""
    ended = ""
    for letter in LETTERS:
        text = row.get(letter, "")
        if text and ended:
            raise TableUnreadable(number, ended, f"it is empty, but {letter} is not")
        if text:
            yield BenchOption(id=letter, text=text)
        else:
            ended = ended or letter


def _level(text: str) -> str:
    """The one level that a text names; empty where it names none, or more."""
    named = {level for mention in find_levels(text) for level in mention.levels}
    return named.pop() if len(named) == 1 else ""
