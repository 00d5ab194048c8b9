"""Levels as they are written: the segments of a token list, and the forms and traps to hold a level grammar to.

`Segments` is the part of the proofs' own reader (`reader.py`) that knows how a level may be written in English; it
shares no code, table or pattern with what the proofs examine. The forms are in `data/forms_*.txt` and
`data/traps.txt`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "data"
ORDER = "CTLS"
SPAN = {"C": 8, "T": 13, "L": 6, "S": 5}
USUAL = {"C": 7, "T": 12, "L": 5, "S": 5}


class Token(NamedTuple):
    """A run of letters, a run of digits, or one other sign; `text` is lower case."""

    text: str
    start: int
    end: int
    upper: bool
    glued: bool


class Point(NamedTuple):
    """One numbered segment and the token after it."""

    region: str
    number: int
    after: int
    spelled: bool = False

    @property
    def name(self) -> str:
        return f"{self.region}{self.number}"


class Mention(NamedTuple):
    """A level or root as written: `kind` is vertebra, disc, range or nerve_root; the span is in characters."""

    kind: str
    levels: tuple[str, ...]
    start: int
    end: int


class Segments:
    """Reads single segments, and the chains they form, from the tokens of one text."""

    def __init__(self, words: list[Token], tables: dict[str, Any]) -> None:
        self.words = words
        self.tables = tables

    def at(self, index: int) -> Token:
        """Return the token at `index`, an empty one outside."""
        return self.words[index] if 0 <= index < len(self.words) else Token("", 0, 0, False, False)

    def text(self, index: int) -> str:
        return self.at(index).text

    def whole(self, after: int) -> bool:
        """Whether a number ends there: no decimals, letters or percent glued on, unless another level is."""
        nxt, beyond = self.at(after), self.at(after + 1)
        if not nxt.glued or (nxt.text in self.tables["letters"] and beyond.text.isdecimal() and beyond.glued):
            return True
        return not (nxt.text.isalpha() or nxt.text == "%" or (nxt.text == "." and beyond.text.isdecimal()))

    def lettered(self, i: int) -> Point | None:
        """Read `L4`, `L 4`, `L-4`, `Th12`."""
        letter, after = self.at(i), i + 1
        unit = letter.glued and self.text(i - 1).isdecimal() and self.text(i - 2) not in self.tables["letters"]
        if letter.text not in self.tables["letters"] or unit:
            return None
        if letter.upper and self.text(after) == "-" and self.at(after).glued and self.at(after + 1).glued:
            after += 1
        if not self.text(after).isdecimal() or not (self.at(after).glued or letter.upper) or not self.whole(after + 1):
            return None
        return _point(self.tables["letters"][letter.text], int(self.text(after)), after + 1)

    def count(self, i: int) -> tuple[int, int] | None:
        """Read `fourth` or `4th`: the number and the token after it."""
        if self.text(i) in self.tables["counted"]:
            return self.tables["counted"].index(self.text(i)) + 1, i + 1
        ending = self.at(i + 1).glued and self.text(i + 1) in {"st", "nd", "rd", "th"}
        return (int(self.text(i)), i + 2) if ending and self.text(i).isdecimal() else None

    def spelled(self, i: int) -> Point | None:
        """Read `fourth lumbar`, also as the first of `fourth and fifth lumbar`."""
        first = counted = self.count(i)
        while first and counted:
            cursor = counted[1] + (self.text(counted[1]) == "-")
            if region := self.tables["adjectives"].get(self.text(cursor)):
                return _point(region, first[0], cursor + 1 if counted is first else first[1], spelled=True)
            while self.text(cursor) in {"and", "or", "to", "through", "-", "/", ",", "on", "the"}:
                cursor += 1
            counted = self.count(cursor) if cursor > counted[1] else None
        return None

    def named(self, i: int) -> Point | None:
        """Read `lumbar vertebra 4`, `lumbar level four`, `lumbar 4/5`."""
        cursor, region = i + 1, self.tables["adjectives"].get(self.text(i))
        while self.text(cursor) in self.tables["nouns"]:
            cursor += 1
        word = self.text(cursor)
        paired = self.text(cursor + 1) in {"/", "-"} and self.text(cursor + 2).isdecimal()
        if region is None or (cursor == i + 1 and not (paired and word.isdecimal())):
            return None
        if word in self.tables["cardinal"]:
            return _point(region, self.tables["cardinal"].index(word) + 1, cursor + 1)
        return _point(region, int(word), cursor + 1) if word.isdecimal() and self.whole(cursor + 1) else None

    def point(self, i: int) -> Point | None:
        """Read one segment at token `i`."""
        return self.lettered(i) or self.spelled(i) or self.named(i)

    def bare(self, i: int, last: Point) -> Point | None:
        """Read the `5` of `L4/5`, the `1` of `L5/1`."""
        word = self.text(i)
        if not word.isdecimal() or not self.whole(i + 1) or self.text(i + 1) in self.tables["units"]:
            return None
        if int(word) > last.number:
            return _point(last.region, int(word), i + 1)
        rolls = word == "1" and last.number >= USUAL[last.region] and last.region != "S"
        return Point(ORDER[ORDER.index(last.region) + 1], 1, i + 1) if rolls else None

    def chain(self, i: int, first: Point) -> list[Point]:
        """Follow the links of a pair, a range or a chain from its first segment."""
        found, between = [first], "between" in {self.text(i - 1), self.text(i - 2)}
        while True:
            cursor, link = found[-1].after, self.text(found[-1].after)
            slip = link in self.tables["slips"] and len(found) == 1
            if link in self.tables["links"] or slip or (between and link == "and"):
                cursor += 1
                while link == "-" and self.text(cursor) in {"to", "-"}:
                    cursor += 1
            elif not (self.at(cursor).glued and link in self.tables["letters"]):
                return found
            cursor += self.text(cursor) == "the"
            nxt = self.point(cursor) or (self.bare(cursor, found[-1]) if link in {"/", "-"} else None)
            if nxt is None or (slip and len(_path(found[-1], nxt)) != 2):
                return found
            found.append(nxt)

    def repeats(self, last: Point) -> Iterator[list[Point]]:
        """Read the `4/5` and `5/1` of `L3/4, 4/5 and 5/1`."""
        cursor = last.after
        while self.text(cursor) in self.tables["lists"]:
            cursor += 1
            number = self.text(cursor)
            if not number.isdecimal() or int(number) < last.number or self.text(cursor + 1) not in {"/", "-"}:
                continue
            low = _point(last.region, int(number), cursor + 1)
            high = self.bare(cursor + 2, low) if low else None
            if not low or not high or self.text(high.after) in {"strength", "power", "motor", "in"}:
                return
            yield [low, high]
            cursor, last = high.after, high

    def together(self, points: list[Point]) -> tuple[str, tuple[str, ...]]:
        """Return the kind and the levels of a chain; `fourth lumbar disc` is the one below L4."""
        if len(points) == 1 and points[0].spelled and self.text(points[0].after) in self.tables["disc_nouns"]:
            points = [points[0], *filter(None, [_below(points[0])])]
        if len(points) == 1:
            return "vertebra", (points[0].name,)
        discs = tuple(dict.fromkeys(f"{a}/{b}" for p, q in pairwise(points) for a, b in pairwise(_path(p, q))))
        return ("disc" if len(discs) == 1 else "range"), discs


def _point(region: str, number: int, after: int, *, spelled: bool = False) -> Point | None:
    return Point(region, number, after, spelled) if 1 <= number <= SPAN[region] else None


def _below(p: Point) -> Point | None:
    if p.number < USUAL[p.region]:
        return p._replace(number=p.number + 1)
    return Point(ORDER[ORDER.index(p.region) + 1], 1, p.after) if p.region != "S" else None


def _path(low: Point, high: Point) -> list[str]:
    """List the segments from one to the other, both included, from above downwards."""
    low, high = sorted((low, high), key=lambda p: (ORDER.index(p.region), p.number))
    walked: list[str] = []
    for region in ORDER[ORDER.index(low.region) : ORDER.index(high.region) + 1]:
        start = low.number if region == low.region else 1
        last = high.number if region == high.region else max(USUAL[region], start)
        walked += [f"{region}{n}" for n in range(start, last + 1)]
    return walked


def expected(line: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the phrase of a line of the data and the rows due for it, as `spinestream levels --json` prints them.

    A `kind` of `a|b` accepts either.
    """
    marked, _, dues = line.partition(" = ")
    pieces = marked.replace("]", "[").split("[")
    rows: list[dict[str, Any]] = []
    for n, due in enumerate(dues.split("; ") if dues else ()):
        kind, _, listed = due.partition(" ")
        start = sum(len(piece) for piece in pieces[: 2 * n + 1])
        text = pieces[2 * n + 1]
        row = {"text": text, "start": start, "end": start + len(text), "kind": kind, "levels": listed.split(",")}
        rows.append(row)
    if len(pieces) != 2 * len(rows) + 1:
        raise ValueError(f"a bracket without its levels, or levels without a bracket: {line}")
    return "".join(pieces), rows


def lines(name: str) -> list[str]:
    """Return the lines of a data file, comments left out."""
    text = (DATA / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def examine_levels(find: Callable[[str], list[dict[str, Any]]]) -> dict[str, Any]:
    """Hold a level grammar to the data: `find` returns the rows of a text.

    A form is right when the rows that overlap it are of its kind and together list its levels, in order. A trap is
    taken when any row stands outside its brackets. `misplaced` are rows whose text is not what stands at their span.
    """
    result: dict[str, Any] = {"forms": 0, "right": 0, "wrong": [], "traps": 0, "taken": [], "misplaced": []}
    for name in ("forms_en.txt", "forms_zh.txt", "traps.txt"):
        for line in lines(name):
            phrase, due = expected(line)
            got = find(phrase)
            result["misplaced"] += [
                f"{phrase}: {row}" for row in got if phrase[row["start"] : row["end"]] != row["text"]
            ]
            outside = [row for row in got if not any(_meets(row, one) for one in due)]
            wrong = [one for one in due if not _right(one, [row for row in got if _meets(row, one)])]
            trap = name == "traps.txt"
            result["traps"] += trap
            result["taken"] += [f"{phrase}: {outside}"] if trap and outside else []
            result["forms"] += 0 if trap else len(due)
            result["right"] += 0 if trap or outside else len(due) - len(wrong)
            result["wrong"] += [f"{phrase}: {got}, due {due}"] if wrong or (outside and not trap) else []
    return result


def _meets(row: dict[str, Any], due: dict[str, Any]) -> bool:
    return bool(row["start"] < due["end"] and due["start"] < row["end"])


def _right(due: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    listed = list(dict.fromkeys(level for row in rows for level in row["levels"]))
    return listed == due["levels"] and {row["kind"] for row in rows} <= set(due["kind"].split("|"))
