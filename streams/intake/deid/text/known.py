"""What the case's headers named, wherever a report repeats it: whole forms first, then single words of names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from streams.intake.deid.identities import Identities, IdentityKind
from streams.intake.deid.text.spans import Claim
from streams.intake.deid.variants import forms_of, is_cjk, name_tokens

MASKS = {
    IdentityKind.NAME: "[NAME]",
    IdentityKind.ID: "[ID]",
    IdentityKind.ACCESSION: "[ID]",
    IdentityKind.CONTACT: "[CONTACT]",
    IdentityKind.ADDRESS: "[ADDRESS]",
    IdentityKind.INSTITUTION: "[INSTITUTION]",
    IdentityKind.UID: "[ID]",
}
"""What stands where an identity stood; dates are moved instead."""
_LEAST_WORD = 3
_LEAST_ID = 4


def _pattern(forms: list[str]) -> re.Pattern[str] | None:
    """One pattern of all forms, longest first; letters (digits) at an end must have none beside them."""
    if not forms:
        return None
    pieces = []
    for form in sorted(set(forms), key=lambda form: (-len(form), form)):
        body = r"\s+".join(re.escape(word) for word in form.split())
        pieces.append(f"{_edge(form[0], before=True)}{body}{_edge(form[-1], before=False)}")
    return re.compile("|".join(pieces), re.IGNORECASE)


def _edge(char: str, before: bool) -> str:
    if is_cjk(char) or not char.isalnum():
        return ""
    beside = r"\d" if char.isdigit() else r"[^\W\d_]"
    if char.isascii():
        beside = r"[0-9]" if char.isdigit() else "[A-Za-z]"
    return f"(?<!{beside})" if before else f"(?!{beside})"


def folded_with_places(text: str) -> tuple[str, list[int]]:
    """Return the text NFKC-normalised and case folded, and for each of its characters the place in the original."""
    pieces: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        new = unicodedata.normalize("NFKC", char).casefold()
        pieces.append(new)
        places.extend([at] * len(new))
    return "".join(pieces), [*places, len(text)]


def _matches(text: str, places: list[int], forms: list[str], kind: IdentityKind) -> Iterator[Claim]:
    pattern = _pattern(forms)
    if pattern is None:
        return
    for found in pattern.finditer(text):
        if found.end() > found.start():
            start, end = places[found.start()], places[found.end() - 1] + 1
            yield Claim(start, end, kind.value, MASKS[kind])


def identity_claims(text: str, identities: Identities) -> Iterator[Claim]:
    """Yield every form of every identity in a text but dates, whole forms before single words."""
    low, places = folded_with_places(text)
    words: list[str] = []
    for kind in MASKS:
        whole: list[str] = []
        for value in identities.values(kind):
            forms = forms_of(kind, value)
            tokens = {token for group in name_tokens(value) for token in group} if kind is IdentityKind.NAME else set()
            whole += [form for form in forms.long if form not in tokens]
            words += [form for form in (*forms.long, *forms.short) if form in tokens and _is_word(form)]
            if kind in (IdentityKind.ID, IdentityKind.ACCESSION):
                whole += [form for form in forms.short if sum(map(str.isalnum, form)) >= _LEAST_ID]
        yield from _matches(low, places, whole, kind)
    for claim in _matches(low, places, words, IdentityKind.NAME):
        if claim.end - claim.start > _LEAST_WORD or not text[claim.start : claim.end].islower():
            yield claim


def _is_word(form: str) -> bool:
    """Three letters, or two Chinese characters: a shorter word of a name is masked only where a cue precedes it."""
    return len(form) >= (2 if is_cjk(form) else _LEAST_WORD)
