"""VLMEvalKit tables: what is read, and that each fault names row and column."""

from __future__ import annotations

import base64

import pytest

from bench.errors import TableUnreadable
from bench.items import ItemKind, Origin
from bench.items.table import read_table
from bench.items.version import counted
from generation.ids import digest
from generation.sources import Language

PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
HEADER = "index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\timage\tcase"


def _table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def _row(index: str, *, answer: str = "B", image: str = "", question: str = "Which level?", d: str = "L5/S1") -> str:
    return f"{index}\t{question}\tA bulge.\tL2/L3\tL3/L4\tL4/L5\t{d}\t{answer}\tlevel\t{image}\tp{index}"


def test_a_row_becomes_an_item() -> None:
    table = read_table(_table(_row("7")), "other")
    [item] = table.items
    assert (item.kind, item.origin, item.axis, item.language) == (ItemKind.TEXT, Origin.TSV, "level", Language.EN)
    assert (item.answer, item.right.text, item.level, item.case) == ("B", "L3/L4", "L3/L4", "other:p7")
    assert (item.passage, item.question, item.phantom) == ("A bulge.", "Which level?", False)
    assert not table.images


def test_names_of_tables_tell_their_items_apart() -> None:
    one, other = (read_table(_table(_row("7")), name).items[0].id for name in ("a", "b"))
    assert one != other


def test_pictures_are_kept_by_their_digest_and_may_be_shared() -> None:
    encoded = base64.b64encode(PNG).decode()
    table = read_table(_table(_row("1", image=encoded), _row("2", image="1")), "other")
    assert {item.image for item in table.items} == {digest(PNG)}
    assert dict(table.images) == {digest(PNG): PNG}
    assert all(item.kind is ItemKind.IMAGE for item in table.items)


def test_a_chinese_question_is_told_as_such() -> None:
    assert read_table(_table(_row("1", question="椎间盘突出位于哪个节段？")), "x").items[0].language is Language.ZH


def test_the_published_shape_can_be_told() -> None:
    """294 text items, 193 with a picture, 87 prompts for reports."""
    encoded = base64.b64encode(PNG).decode()
    rows = [_row(f"t{n}") for n in range(294)]
    rows += [_row(f"i{n}", image=encoded if not n else "i0") for n in range(193)]
    rows += [f"r{n}\tWrite the report.\tFindings.\t\t\t\t\tThe report.\treport\t\tp{n}" for n in range(87)]
    items = read_table(_table(*rows), "published").items
    assert counted(items)["kind"] == {"text": 294, "image": 193, "report": 87}
    assert len(items) == 574


@pytest.mark.parametrize(
    ("content", "row", "column", "fault"),
    [
        (_table(_row("1"), header=HEADER.replace("answer", "key")), 0, "answer", "missing"),
        (b"", 0, "index", "missing"),
        (_table(_row("1"), _row("2", answer="F")), 2, "answer", "'F' is none of the options A, B, C, D"),
        (_table(_row("1", answer="")), 1, "answer", "empty"),
        (_table(_row("1"), _row("")), 2, "index", "empty"),
        (_table(_row("1", question="")), 1, "question", "empty"),
        (_table(_row("1"), _row("1")), 2, "index", "already"),
        (_table(_row("1", d="L2/L3")), 1, "A", "different ids and texts"),
        (_table("1\tWhich?\t\tone\t\tthree\t\tA\tc\t\tp"), 1, "B", "empty, but C"),
        (_table(_row("1") + "\tmore"), 1, "case", "more cells"),
        (_table(_row("1", image="!" * 80)), 1, "image", "not base64"),
        (_table(_row("1", image=base64.b64encode(b"x" * 90).decode())), 1, "image", "no picture"),
        (_table(_row("1", image="9")), 1, "image", "neither a picture nor the index"),
    ],
)
def test_a_fault_names_row_and_column(content: bytes, row: int, column: str, fault: str) -> None:
    with pytest.raises(TableUnreadable, match=fault) as caught:
        read_table(content, "other")
    assert (caught.value.row, caught.value.column) == (row, column)


def test_what_is_not_utf8_is_told() -> None:
    with pytest.raises(TableUnreadable, match="UTF-8"):
        read_table(HEADER.encode() + b"\n\xff\xfe", "other")
