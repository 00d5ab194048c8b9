"""Where sentences end, in English and Chinese: a splitter of our own, because ids and offsets must never drift."""

from __future__ import annotations

import re

from streams.intake.documents.words import ABBREVIATIONS, BEFORE_NUMBER, GRADING

CJK_LETTER = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
CLOSERS = "\"'”’)]）」』】》〉*_"
OPENERS = "\"'“‘([（「『【《〈*_ \n\t"
CITATION = r"(?:\[\d+(?:[,–-]\s?\d+)*\])"
END = re.compile(rf"[。！？；]+[{re.escape(CLOSERS)}]*|[.!?…]+{CITATION}*[{re.escape(CLOSERS)}]*{CITATION}*")
WINDOW = 120
LETTERED = re.compile(r"[a-z][.)]\s+[A-Z]")
ENUMERATION = re.compile(r"^\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})\)?$")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return [start, end) of each sentence, without white space around it.

    Together they leave out white space and pieces without a letter or digit only. A full stop ends no sentence after an
    abbreviation, an initial or an enumeration, inside a number, or before a small letter.

    >>> text = "It is at L4. 5.5 mm, see Fig. 2. Next"
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['It is at L4.', '5.5 mm, see Fig. 2.', 'Next']
    """
    spans = []
    start = 0
    for match in END.finditer(text):
        end = _end(text, start, match)
        if end is not None:
            spans.append((start, end))
            start = end
    spans.append((start, len(text)))
    trimmed = [_trimmed(text, first, last) for first, last in spans]
    return [span for span in trimmed if any(character.isalnum() for character in text[slice(*span)])]


def is_chinese(text: str, share: float = 0.3) -> bool:
    """Tell whether at least this share of a text's letters are Chinese characters."""
    letters = sum(character.isalpha() for character in text)
    return letters > 0 and len(CJK_LETTER.findall(text)) >= share * letters


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _end(text: str, start: int, match: re.Match[str]) -> int | None:
    """Return where the sentence begun at `start` ends, if it ends with this mark."""
    mark = match.group()
    if mark[0] in "。！？；":
        return match.end()
    rest = text[match.end() : match.end() + 40]
    before = text[match.start() - 1 : match.start()]
    if not rest:
        return match.end()
    if not rest[0].isspace():
        chinese = CJK_LETTER.match(before) and CJK_LETTER.match(rest)
        return match.end() if chinese else _footnote_end(text, match)
    following = rest.lstrip(OPENERS)
    if following[:1].islower() and not LETTERED.match(following):
        return None
    if mark[0] == "." and not mark.startswith("..") and _is_abbreviation(text, start, match.start(), following):
        return None
    return match.end()


def _footnote_end(text: str, match: re.Match[str]) -> int | None:
    """Tell `the root.12 Surgery` (a raised reference number, kept with its sentence) from `Fig.3` and `4.5`."""
    after = re.match(r"(\d{1,3}(?:[,–-]\d{1,3})*)\s+[A-Z]", text[match.end() : match.end() + 24])
    before = re.search(r"\b[a-z]{4,}$", text[max(0, match.start() - 30) : match.start()])
    if match.group() == "." and after and before and before[0] not in ABBREVIATIONS:
        return match.end() + after.end(1)
    return None


def _is_abbreviation(text: str, start: int, stop: int, following: str) -> bool:
    """Tell whether the full stop at `stop` of a sentence begun at `start` belongs to its last word."""
    words = text[max(start, stop - WINDOW) : stop].rsplit(None, 2)
    if not words:
        return False
    last = words[-1].lstrip(OPENERS).strip("*_")
    lower = last.lower()
    if len(words) == 1 and stop - start <= WINDOW and ENUMERATION.match(words[-1]):
        return True
    if lower in ABBREVIATIONS:
        return True
    if lower in BEFORE_NUMBER:
        return following[:1].isdigit() or following[:1] in "[("
    if len(last) == 1 and last.isalpha() and last.isascii():
        previous = words[-2].lower().strip(OPENERS + "*_") if len(words) > 1 else ""
        return previous not in GRADING and not previous.endswith(("type", "grade"))
    return False
