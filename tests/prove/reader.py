"""Reads levels, roots, sides, findings and grades from English spine text: a tokenizer and small machines that walk it.

Serves the proofs only, and shares no code, table or pattern with what the proofs examine. Its words are in
`data/reader.yaml`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import yaml

from tests.prove.levels import DATA, Mention, Point, Segments, Token

AS_WRITTEN = {"findings", "severity", "scales", "letters", "adjectives", "named", "junctions"}
ROMAN = ("", "I", "II", "III", "IV", "V")


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


class Levels(Segments):
    """Says which of the written segments are levels, which are nerve roots, and which are neither."""

    def modal(self, i: int, after: int) -> bool | None:
        """Whether T1 or T2 names a sequence, by the words around it; False says that it is a place."""
        tables = self.tables["modality"]
        while self.text(after) in {"-", "*", "'", '"', "("}:
            after += 1
        if self.text(after) in tables["place"]:
            return False
        sequence = self.text(after) in tables["after"] or self.text(i - 1) in tables["before"]
        return True if sequence or any("gadolinium" in self.text(after + n) for n in range(3)) else None

    def sequences(self, i: int, after: int) -> bool:
        """Whether T1 or T2, alone or in a list of both, names a sequence: what one of a list is, the other is."""
        seen = [self.modal(i, after)]
        after += self.text(after) == "-"
        ahead = after + 1 + (self.text(after + 1) in {"high", "low", "on"})
        for joint, start in ((after, ahead), (i - 1, i - 3 - (self.text(i - 2) == "-"))):
            other = self.lettered(start) if self.text(joint) in self.tables["lists"] else None
            if other and other.name in {"T1", "T2"}:
                seen.append(self.modal(start, other.after))
        return True in seen and False not in seen

    def vetoed(self, i: int, points: list[Point]) -> bool:
        """Whether the letters and numbers are no level: a sequence, a vitamin, a stage."""
        after, veto = points[-1].after, self.tables["not_levels"]
        if points[0].spelled:
            return False
        named = {p.name for p in points} <= {"T1", "T2"}
        if named and (self.sequences(i, after) if len(points) == 1 else self.modal(-9, after)):
            return True
        return self.text(i - 1) in veto["before"] or self.text(after) in veto["after"]

    def rooted(self, i: int, points: list[Point]) -> bool:
        """Whether a nerve is meant: `S1 nerve root`, `root of L5`, `L5 and S1 roots`; C8 always."""
        tables, cursor = self.tables["roots"], points[-1].after
        before = self.text(i - 2) if self.text(i - 1) in {"of", "is", "was"} else self.text(i - 1)
        single = len(points) == 1
        if single and (points[0].name == "C8" or before in {"root", "roots", "dermatome", "myotome"}):
            return True
        while single and self.text(cursor) in self.tables["lists"] and (other := self.point(cursor + 1)):
            single, cursor = len(self.chain(cursor + 1, other)) == 1, other.after
        nerves = tables["words"] if cursor == points[-1].after else tables["plural"]
        while self.text(cursor) in tables["skip"]:
            cursor += 1
        word, nxt = self.text(cursor), self.text(cursor + 1)
        if not single:
            return len(points) > 1 and word.startswith(("dermatom", "myotom", "radicul"))
        return word in nerves or (word == "nerve" and nxt in nerves)

    def mentions(self) -> Iterator[Mention]:
        """Yield every level and root, in order."""
        i = 0
        while i < len(self.words):
            if name := self.tables["junctions"].get(f"{self.text(i)} {self.text(i + 1)}"):
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
        return Mention(*self.together(points), *span)


def mentions(text: str) -> list[Mention]:
    """Return every level and root of an English text, in order."""
    return list(Levels(tokenize(text), lexicon()).mentions())


def levels(text: str) -> set[str]:
    """Return the levels of `text`: `L4/L5` for discs, `L4` for vertebrae, ranges as their discs; no nerve roots."""
    return {level for m in mentions(text) if m.kind != "nerve_root" for level in m.levels}


def roots(text: str) -> set[str]:
    """Return the nerve roots of `text`."""
    return {level for m in mentions(text) if m.kind == "nerve_root" for level in m.levels}


def side_mentions(text: str) -> list[Mention]:
    """Return every side of `text`; `right` for correct, `left` the verb and `central canal` are none."""
    words, found = tokenize(text), []
    for i, word in enumerate(words):
        before, after = (words[n].text if 0 <= n < len(words) else "" for n in (i - 1, i + 1))
        if name := _side(word.text, before, after, [w.text for w in words[i + 1 : i + 4]]):
            found.append(Mention(name, (), word.start, word.end))
    return found


def _side(word: str, before: str, after: str, ahead: list[str]) -> str | None:
    tables = lexicon()["sides"]
    if word.startswith("bilateral"):
        return "bilateral"
    if word in {"both", "either"} and set(ahead) & (tables["paired"] if word == "both" else {"side"}):
        return "bilateral"
    if word in {"right", "rightward", "rightwards"} and after not in tables["right_is_correct"]:
        return "right"
    if word in {"left", "leftward", "leftwards"}:
        remaining = before in tables["left_of_remaining"] and after not in tables["left_as_place"]
        verb = after in tables["left_is_verb"] and before not in tables["left_is_noun"]
        return None if remaining or verb else "left"
    if word in {"central", "centrally"} and after not in tables["central_is_not"]:
        return "central"
    return "central" if word == "midline" and after not in tables["midline_is_not"] else None


def sides(text: str) -> set[str]:
    """Return the sides of `text`: left, right, bilateral, central."""
    return {side.kind for side in side_mentions(text)}


def masked(text: str) -> str:
    """Return `text` in lower case without its levels, roots and sides, to compare wordings."""
    return " ".join(_without(text, mentions(text) + side_mentions(text)).lower().split())


def _without(text: str, read: list[Mention]) -> str:
    for m in sorted(read, key=lambda m: -m.start):
        text = text[: m.start] + "_" + text[m.end :]
    return text


class Phrase(NamedTuple):
    """A finding where it stands: the tokens that name it."""

    finding: str
    places: tuple[int, ...]


def _fits(pattern: str, word: str) -> bool:
    return any(word.startswith(p[:-1]) if p.endswith("*") else word == p for p in pattern.split("|"))


def _follow(parts: list[str], words: list[str], i: int) -> tuple[int, ...] | None:
    """Match the phrase `parts` from token `i`; the tokens named, gaps left out."""
    if not parts:
        return ()
    if parts[0] in {"~", "&"}:
        for gap in range(5):
            between = words[i : i + gap]
            if set(between) & lexicon()["gap_stops"] or (parts[0] == "&" and not set(between) & lexicon()["lists"]):
                continue
            if (rest := _follow(parts[1:], words, i + gap)) is not None:
                return rest
        return None
    if i >= len(words) or not _fits(parts[0], words[i]):
        return None
    rest = _follow(parts[1:], words, i + 1)
    return None if rest is None else (i, *rest)


def _denied(words: list[str], i: int) -> bool:
    """Whether a `no` or `without` reaches the token `i`."""
    tables = lexicon()["negation"]
    for back in range(i - 1, max(-1, i - 9), -1):
        if words[back] in tables["close"]:
            return words[back] in {"is", "are", "was", "were"} and words[i - 1] == "not"
        if words[back] in tables["open"]:
            return True
    return False


def findings(text: str) -> set[str]:
    """Return the ids of the findings that `text` asserts; those it denies are left out."""
    words = [w.text for w in tokenize(_without(text, mentions(text))) if w.text != "-"]
    found: list[Phrase] = []
    for finding, phrases in lexicon()["findings"].items():
        stops = lexicon()["not_after"].get(finding, set())
        for i, parts in ((i, phrase.split()) for phrase in phrases for i in range(len(words))):
            places = _follow(parts, words, i)
            if places and not _denied(words, places[0]) and (i == 0 or words[i - 1] not in stops):
                found.append(Phrase(finding, places))
    return {one.finding for one in found if not any(set(one.places) < set(other.places) for other in found)}


def grades(text: str) -> set[str]:
    """Return the grades of `text` as `<scale>:<value>`: `severity:severe`, `meyerding:II`, `modic:2`."""
    words, found, tables = [w.text for w in tokenize(text)], set(), lexicon()
    scales = [(n, tables["scales"][word]) for n, word in enumerate(words) if word in tables["scales"]]
    for i, word in enumerate(words):
        if (severity := tables["severity"].get(word)) and not set(words[i + 1 : i + 4]) & tables["symptoms"]:
            found.add(f"severity:{severity}")
        value = [w.upper() for w in words[i + 1 : i + 3] if w != ":"][:1]
        number = next((n for n in range(1, 6) if value and value[0] in {str(n), ROMAN[n]}), 0)
        near = min(((abs(n - i), scale) for n, scale in scales), default=(99, ""))
        scale = near[1] if near[0] <= 7 else "grade"
        if number and (word in {"grade", "type"} or word in {"modic", "pfirrmann"}):
            found.add(f"{scale}:{ROMAN[number] if scale in {'meyerding', 'pfirrmann'} else number}")
    return found
