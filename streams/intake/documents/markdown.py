"""Blocks of Markdown (CommonMark with tables), by offset into the unchanged text."""

from __future__ import annotations

import re

from streams.intake.documents.blocks import Block, Span, Title, lines_of

ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
ATX_END = re.compile(r"(?:^|[ \t])#+$")
UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)$")
RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
QUOTE = re.compile(r" {0,3}(?:>[ \t]?)+")
REFERENCE = re.compile(r" {0,3}\[[^\]]+\]:\s*\S+")
DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
HTML = re.compile(
    r" {0,3}</?(?:address|article|aside|center|details|dialog|div|dl|fieldset|figure|figcaption|footer|form|h\d|"
    r"header|hr|iframe|li|main|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b",
    re.I,
)
HTML_RAW = re.compile(r" {0,3}<(script|style|pre|textarea)\b", re.I)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
LONG_LIST = 1200
LONGEST_HEADING = 300


def markdown_blocks(text: str) -> list[Block | Title]:
    """Return headings and blocks; front matter, code, tables, HTML, comments, rules and references are skipped.

    A list is one block with a part an item, together with the line that introduces it; a long list is several.
    """
    return _Scanner(text).scan()


def heading_text(raw: str) -> str:
    """Return a heading without Markdown marks.

    >>> heading_text("**Disc** [herniation](a.md) `x`")
    'Disc herniation x'
    """
    without_links = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", COMMENT.sub("", raw))
    return " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", without_links).split())


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = lines_of(text)
        self.at = 0
        self.found: list[Block | Title] = []

    def scan(self) -> list[Block | Title]:
        self._front_matter()
        while self.at < len(self.lines):
            if self._blank():
                self.at += 1
            elif not (self._skipped() or self._heading() or self._list()):
                self._paragraph()
        return self.found

    def _line(self, ahead: int = 0) -> str:
        number = self.at + ahead
        return self.text[slice(*self.lines[number])] if number < len(self.lines) else ""

    def _blank(self, ahead: int = 0) -> bool:
        return not self._line(ahead).strip()

    def _front_matter(self) -> None:
        if self._line().rstrip() != "---":
            return
        for number in range(1, len(self.lines)):
            if self.text[slice(*self.lines[number])].rstrip() in ("---", "..."):
                self.at = number + 1
                return

    def _skipped(self) -> bool:
        """Pass over what holds no sentences; tell whether there was any."""
        line = self._line()
        if RULE.match(line) or REFERENCE.match(line):
            self.at += 1
        elif fence := FENCE.match(line):
            self._pass_fence(fence[1])
        elif line.lstrip().startswith("<!--") and "-->" not in line:
            self._pass_until("-->")
        elif raw := HTML_RAW.match(line):
            self._pass_until(f"</{raw[1].lower()}>")
        elif HTML.match(line) or self._table():
            self._pass_until("")
        elif line.startswith(("    ", "\t")):
            self._pass_indented()
        else:
            return False
        return True

    def _table(self) -> bool:
        below = self._line(1)
        return "|" in self._line() and "|" in below and DELIMITERS.match(below) is not None

    def _pass_fence(self, fence: str) -> None:
        self.at += 1
        while self.at < len(self.lines):
            closing = self._line().strip()
            self.at += 1
            if closing.startswith(fence) and not closing.strip(fence[0]):
                return

    def _pass_until(self, end: str) -> None:
        """Pass over lines to the one that holds `end`, or to a blank one where `end` is empty."""
        while self.at < len(self.lines):
            line = self._line().lower()
            self.at += 1
            if (end in line) if end else not line.strip():
                return

    def _pass_indented(self) -> None:
        while self.at < len(self.lines) and (self._blank() or self._line().startswith(("    ", "\t"))):
            self.at += 1

    def _heading(self) -> bool:
        atx = ATX.match(self._line())
        if atx is None:
            return False
        raw = self._line()[atx.end() :].rstrip()
        self._add_title(len(atx[1]), ATX_END.sub("", raw))
        self.at += 1
        return True

    def _add_title(self, depth: int, raw: str) -> None:
        if title := heading_text(raw[:LONGEST_HEADING]):
            self.found.append(Title(depth, title))

    def _starts_other(self) -> bool:
        """Tell whether the line cannot belong to the paragraph above it."""
        line = self._line()
        return bool(
            not line.strip() or FENCE.match(line) or ATX.match(line) or RULE.match(line) or HTML.match(line)
            or HTML_RAW.match(line) or ITEM.match(line) or self._table()
        )  # fmt: skip

    def _paragraph(self) -> None:
        first = last = self.at
        self.at += 1
        while self.at < len(self.lines):
            underline = UNDERLINE.match(self._line())
            if underline:
                raw = self.text[self.lines[first][0] : self.lines[last][1]]
                self._add_title(1 if underline[1][0] == "=" else 2, raw)
                self.at += 1
                return
            if self._starts_other():
                break
            last = self.at
            self.at += 1
        start, end = self.lines[first][0], self.lines[last][1]
        quote = QUOTE.match(self.text, start, end)
        self._add_parts([(quote.end() if quote else start, end)])

    def _list(self) -> bool:
        if not ITEM.match(self._line()):
            return False
        parts: list[Span] = []
        while self.at < len(self.lines):
            item = ITEM.match(self._line())
            start, end = self.lines[self.at]
            if item:
                parts.append((start + item.end(), end))
            elif self._blank():
                if not self._list_goes_on():
                    break
                continue
            elif self._line()[:1].isspace() and self._blank(-1):
                parts.append((start, end))
            elif self._starts_other():
                if not FENCE.match(self._line()):
                    break
                self._skipped()
                continue
            else:
                parts[-1] = (parts[-1][0], end)
            self.at += 1
        self._add_list(parts)
        return True

    def _list_goes_on(self) -> bool:
        """Pass over blank lines and tell whether the list goes on after them."""
        while self.at < len(self.lines) and self._blank():
            self.at += 1
        line = self._line()
        return bool(ITEM.match(line) and not RULE.match(line)) or (bool(line.strip()) and line.startswith(("  ", "\t")))

    def _add_list(self, parts: list[Span]) -> None:
        above = self.found[-1] if self.found else None
        if isinstance(above, Block) and self.text[slice(*above.parts[-1])].rstrip().endswith((":", "：")):
            self.found.pop()
            parts = [*above.parts, *parts]
        group: list[Span] = []
        for part in parts:
            if group and part[1] - group[0][0] > LONG_LIST:
                self._add_parts(group)
                group = []
            group.append(part)
        self._add_parts(group)

    def _add_parts(self, parts: list[Span]) -> None:
        """Add a block, its parts cut at comments; pictures alone are left out."""
        cut: list[Span] = []
        for start, end in parts:
            at = start
            for comment in COMMENT.finditer(self.text, start, end):
                cut.append((at, comment.start()))
                at = comment.end()
            cut.append((at, end))
        kept = tuple(span for span in cut if not self._is_empty(span))
        if kept:
            self.found.append(Block(kept))

    def _is_empty(self, span: Span) -> bool:
        piece = self.text[slice(*span)].strip()
        return not (IMAGE.sub("", piece).strip() if len(piece) < LONG_LIST else piece)
