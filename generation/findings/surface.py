"""Where a text uses the written form of a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from generation.findings.heads import Heads, head, heads
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
    if word.endswith("is") and len(word) > 3:
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


class Mentions(NamedTuple):
    """What a text says, in order; no procedure overlaps a finding."""

    findings: tuple[FindingMention, ...]
    procedures: tuple[FindingMention, ...]


class _Hints(NamedTuple):
    """The hints of one finding that begin alike."""

    owner: str
    procedure: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Matcher:
    """All forms by their heads, those with Chinese characters first, then by length.

    Group `f<n>` of a form pattern belongs to `owners[n]`; findings and procedures have patterns of their own.
    """

    forms: Heads[tuple[tuple[bool, re.Pattern[str]], ...]]
    owners: tuple[str, ...]
    foreign: re.Pattern[str]
    hints: Heads[tuple[_Hints, ...]]


@lru_cache(maxsize=1)
def _matcher() -> _Matcher:
    words = vocabulary()
    pairs = sorted(
        ((form, finding) for finding in words.findings for form in forms(finding)),
        key=lambda pair: (_latin(pair[0]), "…" in pair[0], -len(pair[0]), pair[0], pair[1].id),
    )
    tried: dict[str, dict[bool, tuple[list[str], list[str]]]] = {}
    for index, (form, finding) in enumerate(pairs):
        listed = tried.setdefault(head(form), {}).setdefault(finding.is_procedure, ([], []))
        listed[_latin(form)].append(f"(?P<f{index}>{_bare(form)})")
    return _Matcher(
        heads(
            {
                begin: tuple((kind, _either(*listed)) for kind, listed in kinds.items())
                for begin, kinds in tried.items()
            },
            (head(form) for form, _ in pairs if not _latin(form)),
        ),
        tuple(finding.id for _, finding in pairs),
        re.compile(rf"(?<![A-Za-z])(?:{'|'.join(map(re.escape, words.foreign)) or '(?!)'})[\s-]+$", re.IGNORECASE),
        _hints(words),
    )


def _either(other: Iterable[str], latin: Iterable[str]) -> re.Pattern[str]:
    guarded = rf"(?<![A-Za-z])(?:{'|'.join(latin) or '(?!)'})(?![A-Za-z])"
    return re.compile("|".join([*other, guarded]), re.IGNORECASE)


def _hints(words: Vocabulary) -> Heads[tuple[_Hints, ...]]:
    """The hints of each finding as one pattern a head."""
    tried: dict[str, dict[str, list[str]]] = {}
    every = [(hint, finding.id) for finding in words.findings for hint in finding.hints]
    for hint, owner in every:
        tried.setdefault(head(hint), {}).setdefault(owner, []).append(form_pattern(hint))
    return heads(
        {
            begin: tuple(
                _Hints(owner, words.finding(owner).is_procedure, re.compile("|".join(listed), re.IGNORECASE))
                for owner, listed in owners.items()
            )
            for begin, owners in tried.items()
        },
        (head(hint) for hint, _ in every if not _latin(hint)),
    )


@lru_cache(maxsize=4096)
def find_said(text: str) -> Mentions:
    """The findings and procedures that a normalised text says, longest form first where forms overlap.

    Where the one overlaps the other, the longer is meant: `failed fusion` is no fusion, `椎体后凸成形术` no kyphosis.
    """
    matcher = _matcher()
    found: tuple[list[FindingMention], list[FindingMention]] = ([], [])
    ends = [0, 0]
    for start, kinds in matcher.forms.places(text):
        for procedure, pattern in kinds:
            match = pattern.match(text, start) if start >= ends[procedure] else None
            if match and match.lastgroup:
                ends[procedure] = match.end()
                if procedure or not matcher.foreign.search(text, max(0, start - 30), start):
                    owner = matcher.owners[int(match.lastgroup[1:])]
                    found[procedure].append(FindingMention(owner, start, match.end()))
    return Mentions(tuple(_without(found[0], found[1], ties=True)), tuple(_without(found[1], found[0], ties=False)))


def _without(
    mentions: Iterable[FindingMention], others: list[FindingMention], *, ties: bool
) -> Iterator[FindingMention]:
    """The mentions that no longer one of the others overlaps; `ties`: one of the same length does not take them."""
    for mention in mentions:
        length = mention.end - mention.start
        taken = any(
            other.start < mention.end
            and mention.start < other.end
            and (other.end - other.start > length or (not ties and other.end - other.start == length))
            for other in others
        )
        if not taken:
            yield mention


@lru_cache(maxsize=4096)
def find_mentions(text: str) -> tuple[FindingMention, ...]:
    """The findings and procedures that a normalised text says, in order."""
    said = find_said(text)
    if not said.procedures:
        return said.findings
    return tuple(sorted((*said.findings, *said.procedures), key=lambda mention: mention.start))


def outside(text: str, mentions: Iterable[FindingMention]) -> str:
    """The text with its mentions, given in order, blanked; offsets stay."""
    kept: list[str] = []
    end = 0
    for mention in mentions:
        kept += (text[end : mention.start], "\n" * (mention.end - max(end, mention.start)))
        end = max(end, mention.end)
    return "".join([*kept, text[end:]]) if end else text


def find_hinted(text: str, mentions: Iterable[FindingMention]) -> frozenset[str]:
    """Findings and procedures that words outside the mentions hint at.

    The name of a procedure may hint at a finding (`facet injection`); that of a finding hints at no procedure.
    """
    known = vocabulary()
    findings: list[FindingMention] = []
    done: list[FindingMention] = []
    for mention in mentions:
        (done if known.finding(mention.finding).is_procedure else findings).append(mention)
    remaining = outside(text, findings)
    found: set[str] = set()
    for start, hints in _matcher().hints.places(remaining):
        named = bool(done) and any(mention.start <= start < mention.end for mention in done)
        for owner, procedure, pattern in hints:
            if owner not in found and not (procedure and named) and pattern.match(remaining, start):
                found.add(owner)
    return frozenset(found)
