"""Levels as they are written: a reader of English text, and the forms and traps to hold a level grammar to.

The reader is a tokenizer and a machine that walks the tokens. It serves the proofs only and shares no code, table or
pattern with what the proofs examine; its words are in `data/reader.yaml`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import yaml

DATA = Path(__file__).parent / "data"
ORDER = "CTLS"
SPAN = {"C": 8, "T": 13, "L": 6, "S": 5}
USUAL = {"C": 7, "T": 12, "L": 5, "S": 5}
AS_WRITTEN = {"findings", "severity", "scales", "letters", "adjectives", "named"}


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


@cache
def lexicon() -> dict[str, Any]:
    """Return the reader's tables; strings of words become sets."""

    def split(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: split(inner) for key, inner in value.items()}
        return set(value.split()) if isinstance(value, str) else value

    raw = yaml.safe_load((DATA / "reader.yaml").read_text(encoding="utf-8"))
    return {name: value if name in AS_WRITTEN else split(value) for name, value in raw.items()}


def tokenize(text: str) -> list[Token]:
    """Cut `text` into tokens; offsets are those of `text`, whatever the width of its signs."""
    signs = [wide if len(wide := unicodedata.normalize("NFKC", sign)) == 1 else sign for sign in text]
    made: list[Token] = []
    for _, run in groupby(enumerate(signs), key=lambda pair: _sort(*pair)):
        (start, sign), *rest = run
        word = sign + "".join(other for _, other in rest)
        if word.isspace():
            continue
        lower = "-" if unicodedata.category(sign) == "Pd" or word == "\u2212" else word.lower()
        lower = "disc" + lower[4:] if lower.startswith("disk") else lower
        made.append(Token(lower, start, start + len(word), word.isupper(), bool(made) and made[-1].end == start))
    return made


def _sort(index: int, sign: str) -> tuple[str, int]:
    """Letters, digits and blanks run together; any other sign stands alone."""
    sort = "blank" if sign.isspace() else "letter" if sign.isalpha() else "digit" if sign.isdecimal() else "sign"
    return sort, index if sort == "sign" else -1


class Walk:
    """The level machine over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.words = tokenize(text)

    def at(self, index: int) -> Token:
        """Return the token at `index`, an empty one outside."""
        return self.words[index] if 0 <= index < len(self.words) else Token("", 0, 0, False, False)

    def text(self, index: int) -> str:
        return self.at(index).text

    def whole(self, after: int) -> bool:
        """Whether a number ends there: no decimals, letters or percent glued on, unless another level is."""
        nxt, beyond = self.at(after), self.at(after + 1)
        if not nxt.glued or (nxt.text in lexicon()["letters"] and beyond.text.isdecimal() and beyond.glued):
            return True
        return not (nxt.text.isalpha() or nxt.text == "%" or (nxt.text == "." and beyond.text.isdecimal()))

    def lettered(self, i: int) -> Point | None:
        """Read `L4`, `L 4`, `L-4`, `Th12`."""
        letter, after = self.at(i), i + 1
        if letter.text not in lexicon()["letters"] or (letter.glued and self.text(i - 1).isdecimal()):
            return None
        if letter.upper and self.text(after) == "-" and self.at(after).glued and self.at(after + 1).glued:
            after += 1
        if not self.text(after).isdecimal() or not (self.at(after).glued or letter.upper) or not self.whole(after + 1):
            return None
        return _point(lexicon()["letters"][letter.text], int(self.text(after)), after + 1)

    def count(self, i: int) -> tuple[int, int] | None:
        """Read `fourth` or `4th`: the number and the token after it."""
        if self.text(i) in lexicon()["counted"]:
            return lexicon()["counted"].index(self.text(i)) + 1, i + 1
        ending = self.at(i + 1).glued and self.text(i + 1) in {"st", "nd", "rd", "th"}
        return (int(self.text(i)), i + 2) if ending and self.text(i).isdecimal() else None

    def spelled(self, i: int) -> Point | None:
        """Read `fourth lumbar`, also as the first of `fourth and fifth lumbar`."""
        first = counted = self.count(i)
        while first and counted:
            cursor = counted[1]
            if region := lexicon()["adjectives"].get(self.text(cursor)):
                return _point(region, first[0], cursor + 1 if counted is first else first[1], spelled=True)
            while self.text(cursor) in {"and", "or", "to", "through", "-", "/", ",", "on", "the"}:
                cursor += 1
            counted = self.count(cursor) if cursor > counted[1] else None
        return None

    def named(self, i: int) -> Point | None:
        """Read `lumbar vertebra 4`, `lumbar level four`, `lumbar 4/5`."""
        cursor, region = i + 1, lexicon()["adjectives"].get(self.text(i))
        while self.text(cursor) in lexicon()["nouns"]:
            cursor += 1
        word = self.text(cursor)
        paired = self.text(cursor + 1) in {"/", "-"} and self.text(cursor + 2).isdecimal()
        if region is None or (cursor == i + 1 and not (paired and word.isdecimal())):
            return None
        if word in lexicon()["cardinal"]:
            return _point(region, lexicon()["cardinal"].index(word) + 1, cursor + 1)
        return _point(region, int(word), cursor + 1) if word.isdecimal() and self.whole(cursor + 1) else None

    def point(self, i: int) -> Point | None:
        """Read one segment at token `i`."""
        return self.lettered(i) or self.spelled(i) or self.named(i)

    def bare(self, i: int, last: Point) -> Point | None:
        """Read the `5` of `L4/5`, the `1` of `L5/1`."""
        word = self.text(i)
        if not word.isdecimal() or not self.whole(i + 1) or self.text(i + 1) in lexicon()["units"]:
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
            slip = link in lexicon()["slips"] and len(found) == 1
            if link in lexicon()["links"] or slip or (between and link == "and"):
                cursor += 1
                while link == "-" and self.text(cursor) in {"to", "-"}:
                    cursor += 1
            elif not (self.at(cursor).glued and link in lexicon()["letters"]):
                return found
            cursor += self.text(cursor) == "the"
            nxt = self.point(cursor) or (self.bare(cursor, found[-1]) if link in {"/", "-"} else None)
            if nxt is None or (slip and len(_path(found[-1], nxt)) != 2):
                return found
            found.append(nxt)

    def repeats(self, last: Point) -> Iterator[list[Point]]:
        """Read the `4/5` and `5/1` of `L3/4, 4/5 and 5/1`."""
        cursor = last.after
        while self.text(cursor) in lexicon()["lists"]:
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

    def modal(self, i: int, after: int) -> bool:
        """Whether T1 or T2 names a sequence, by the words after it or, failing those, before it."""
        tables = lexicon()["modality"]
        while self.text(after) in {"-", "*", "'", '"', "("}:
            after += 1
        if self.text(after) in tables["place"]:
            return False
        if self.text(after) in tables["after"] or self.text(i - 1) in tables["before"]:
            return True
        return any("gadolinium" in self.text(after + n) for n in range(3))

    def sequences(self, i: int, points: list[Point]) -> bool:
        """Whether T1, T2, or the two listed, name sequences: what one of a list is, all are."""
        seen = [(i, points[-1].after)]
        for step in (-1, 1):
            cursor = i - 3 if step < 0 else points[-1].after + 1
            joined = self.text(i - 1 if step < 0 else points[-1].after) in lexicon()["lists"]
            cursor += step > 0 and self.text(cursor) in {"high", "low", "on"}
            other = self.lettered(cursor) if joined else None
            if other and other.name in {"T1", "T2"}:
                seen.append((cursor, other.after))
        return any(self.modal(start, after) for start, after in seen)

    def vetoed(self, i: int, points: list[Point]) -> bool:
        """Whether the letters and numbers are no level: a sequence, a vitamin, a stage."""
        if points[0].spelled:
            return False
        if {p.name for p in points} <= {"T1", "T2"} and self.sequences(i, points):
            return len(points) == 1 or self.modal(-9, points[-1].after)
        veto = lexicon()["not_levels"]
        return self.text(i - 1) in veto["before"] or self.text(points[-1].after) in veto["after"]

    def rooted(self, i: int, points: list[Point]) -> bool:
        """Whether a nerve is meant: `S1 nerve root`, `root of L5`, `L5 and S1 roots`; C8 always."""
        tables, cursor = lexicon()["roots"], points[-1].after
        before = self.text(i - 2) if self.text(i - 1) == "of" else self.text(i - 1)
        single = len(points) == 1
        if single and (points[0].name == "C8" or before in {"root", "roots", "dermatome", "myotome"}):
            return True
        while single and self.text(cursor) in lexicon()["lists"] and (other := self.point(cursor + 1)):
            cursor, single = other.after, len(self.chain(cursor + 1, other)) == 1
        several = cursor != points[-1].after
        while self.text(cursor) in tables["skip"]:
            cursor += 1
        word = self.text(cursor) + " " + self.text(cursor + 1)
        if not single:
            return len(points) > 1 and word.startswith(("dermatom", "myotom", "radicul"))
        named = tables["words"] if not several else tables["plural"]
        return bool(set(word.split()[:1]) & named) or (word.startswith("nerve ") and bool(set(word.split()) & named))

    def mentions(self) -> Iterator[Mention]:
        """Yield every level and root, in order."""
        i = 0
        while i < len(self.words):
            if name := lexicon()["named"].get(f"{self.text(i)} {self.text(i + 1)}"):
                yield Mention("disc", (name,), self.at(i).start, self.at(i + 1).end)
            if (first := self.point(i)) is None:
                i += 1
                continue
            points = self.chain(i, first)
            if not self.vetoed(i, points):
                yield self.mention(i, points)
            i = points[-1].after
            for pair in self.repeats(points[-1]) if len(points) > 1 else ():
                yield self.mention(pair[0].after - 1, pair)
                i = pair[1].after

    def mention(self, i: int, points: list[Point]) -> Mention:
        """Say what the segments of one chain are together."""
        span = self.at(i).start, self.at(points[-1].after - 1).end
        if self.rooted(i, points):
            return Mention("nerve_root", tuple(p.name for p in points), *span)
        if len(points) == 1 and points[0].spelled and self.text(points[0].after) in lexicon()["disc_nouns"]:
            points = [points[0], *filter(None, [_below(points[0])])]
        if len(points) == 1:
            return Mention("vertebra", (points[0].name,), *span)
        discs = tuple(dict.fromkeys(f"{a}/{b}" for p, q in pairwise(points) for a, b in pairwise(_path(p, q))))
        return Mention("disc" if len(discs) == 1 else "range", discs, *span)


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


def mentions(text: str) -> list[Mention]:
    """Return every level and root of an English text, in order."""
    return list(Walk(text).mentions())
