"""Forms by how they begin: most words of a text begin no form, so a pattern is tried only where one may match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from generation.errors import VocabularyError

_LETTER = re.compile(r"[A-Za-z]")
_LETTERS = re.compile(r"[A-Za-z]{2}")
_WORD = re.compile(r"(?<![A-Za-z])[A-Za-z]{2}")
_ANY = re.compile(r"(?=([A-Za-z]{2}|[^\x00-\x7f]))")
Tried = TypeVar("Tried")


def head(form: str) -> str:
    """How a form begins: two Latin letters in lower case, or one character of another script.

    Raises VocabularyError for a form that begins with a single Latin letter.

    >>> head("Disc bulge"), head("椎间盘膨出")
    ('di', '椎')
    """
    if not form[0].isascii():
        return form[0]
    if not _LETTERS.match(form):
        raise VocabularyError(f"vocabulary.yaml: form {form!r}: begin it with two letters or a Chinese character")
    return form[:2].lower()


@lru_cache(maxsize=1024)
def _begins(text: str) -> tuple[tuple[int, str, bool], ...]:
    """The places of a text where a form may begin, its head there, and whether that is inside a word.

    Kept, since a text is looked through for findings, hints and grades in turn.
    """
    if text.isascii():  # No form of another script is here, and the others begin where a word does.
        return tuple((match.start(), match[0].lower(), False) for match in _WORD.finditer(text))
    return tuple(
        (match.start(), match[1].lower(), match.start() > 0 and bool(_LETTER.match(text, match.start() - 1)))
        for match in _ANY.finditer(text)
    )


@dataclass(frozen=True, slots=True)
class Heads(Generic[Tried]):
    """What to try at the places of a text where a form may begin."""

    tried: Mapping[str, Tried]
    free: frozenset[str]
    """Heads that count inside a word too."""

    def places(self, text: str) -> list[tuple[int, Tried]]:
        """Each place where a form may begin, in order, and what to try there."""
        tried, free = self.tried, self.free
        return [
            (start, tried[begin])
            for start, begin, inside in _begins(text)
            if begin in tried and (not inside or begin in free)
        ]


def heads(tried: Mapping[str, Tried], anywhere: Iterable[str] = ()) -> Heads[Tried]:
    """What to try by head; Latin heads count at the start of a word only, those of `anywhere` inside one too.

    `anywhere` are the heads of forms in another script, which may begin in Latin letters (`Modic改变`).
    """
    return Heads(tried, frozenset({*anywhere, *(name for name in tried if not name.isascii())}))
