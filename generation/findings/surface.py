"""Where a text uses the written form of a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from generation.findings.vocabulary import Finding, Vocabulary, vocabulary


@dataclass(frozen=True, slots=True)
class FindingMention:
    """A finding's form at [start, end) of the normalised text."""

    finding: str
    start: int
    end: int


_GAP = r"[^\s,;:。、并和及伴]{0,8}?"
_SMALL = (
    r"shows?|showed|shown|showing|displays?|displayed|has|had|have|having|with|without|is|are|was|were|be|do|does|did"
    r"|seen|found|noted|present|visible|of|in|on|within|inside|there|the|a|an|no|not|any|some|this|its|spinal"
)
_LATIN_GAP = rf"(?:[\s-]+(?:{_SMALL})){{0,5}}?[\s-]+"
"""Denials are among the small words, so that a denied finding is found and seen to be denied."""


def _plural(word: str) -> str:
    """A pattern of a word's singular and plural."""
    if word.endswith("is"):
        return re.escape(word[:-2]) + "[ie]s"
    if word.endswith("men"):
        return re.escape(word[:-2]) + "(?:en|ens|ina)"
    if word.endswith("y"):
        return re.escape(word[:-1]) + "(?:y|ies)"
    return re.escape(word) + "(?:e?s)?"


def _latin(form: str) -> bool:
    """True for a form in Latin letters, with or without a gap."""
    return form.replace("…", "").isascii()


def _bare(form: str) -> str:
    """The pattern of a form without the guards around a Latin one."""
    if not _latin(form):
        return re.escape(form).replace("…", _GAP)
    if "…" in form:
        return _LATIN_GAP.join(_bare(part) for part in form.split("…"))
    words = [part for part in re.split(r"[\s-]+", form.lower().replace("disc", "disk")) if part]
    patterns = [re.escape(word) for word in words[:-1]] + [_plural(words[-1])]
    return r"[\s-]+".join(patterns).replace("disk", "dis[ck]").replace("'", "['’]")


def form_pattern(form: str) -> str:
    """A pattern of one written form: spaces or hyphens between words, disc or disk, singular or plural.

    In a Chinese form `…` stands for up to eight characters that join no second finding (`间盘…脱出`), in an English one
    for up to five small words (`cord … signal change` says `the cord shows no signal change` too).

    >>> bool(re.fullmatch(form_pattern("disc bulge"), "disk-bulges"))
    True
    """
    return rf"(?<![A-Za-z]){_bare(form)}(?![A-Za-z])" if _latin(form) else _bare(form)


def forms(finding: Finding) -> tuple[str, ...]:
    """Every form that says the finding: its names and their synonyms."""
    return (finding.name.en, finding.name.zh, *finding.en, *finding.zh)


@dataclass(frozen=True, slots=True)
class _Matcher:
    """All forms as one pattern, those with Chinese characters first, then by length.

    Group `f<n>` belongs to `owners[n]`.
    """

    pattern: re.Pattern[str]
    owners: tuple[str, ...]
    foreign: re.Pattern[str]
    hints: tuple[tuple[str, re.Pattern[str]], ...]


def _any(forms_of: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(form_pattern(form) for form in forms_of) or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=4)
def _matcher(words: Vocabulary) -> _Matcher:
    pairs = sorted(
        ((form, finding.id) for finding in words.findings for form in forms(finding)),
        key=lambda pair: (_latin(pair[0]), "…" in pair[0], -len(pair[0]), pair),
    )
    groups = [f"(?P<f{index}>{_bare(form)})" for index, (form, _) in enumerate(pairs)]
    other = sum(not _latin(form) for form, _ in pairs)
    first = "".join(sorted({re.escape(form[0].lower()) for form, _ in pairs}))
    latin = rf"(?<![A-Za-z])(?:{'|'.join(groups[other:]) or '(?!)'})(?![A-Za-z])"
    return _Matcher(
        re.compile(rf"(?=[{first}])(?:{'|'.join([*groups[:other], latin])})", re.IGNORECASE),
        tuple(owner for _, owner in pairs),
        re.compile(rf"(?<![A-Za-z])(?:{'|'.join(map(re.escape, words.foreign)) or '(?!)'})[\s-]+$", re.IGNORECASE),
        tuple((finding.id, _any(finding.hints)) for finding in words.findings),
    )


def find_mentions(text: str) -> tuple[FindingMention, ...]:
    """The findings that a normalised text says, longest form first where forms overlap."""
    matcher = _matcher(vocabulary())
    return tuple(
        FindingMention(matcher.owners[int(match.lastgroup[1:])], match.start(), match.end())
        for match in matcher.pattern.finditer(text)
        if match.lastgroup and not matcher.foreign.search(text, max(0, match.start() - 30), match.start())
    )


def outside(text: str, mentions: Iterable[FindingMention]) -> str:
    """The text with its mentions blanked; offsets stay."""
    rest = list(text)
    for mention in mentions:
        rest[mention.start : mention.end] = "\n" * (mention.end - mention.start)
    return "".join(rest)


def find_hinted(text: str, mentions: Iterable[FindingMention]) -> frozenset[str]:
    """Findings that words outside the mentions hint at."""
    remaining = outside(text, mentions)
    return frozenset(owner for owner, pattern in _matcher(vocabulary()).hints if pattern.search(remaining))
