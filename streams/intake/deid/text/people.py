"""English names: after a title, a role or a relation, and before a degree. A name without any of these is not found."""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.intake.deid.text.spans import Claim

_TITLE = r"(?:[Mm]r|MR(?=\.)|[Mm]s|MS(?=\.)|(?i:dr|mrs|miss|prof|doctor|professor))\b"
"""MR without a full stop is magnetic resonance."""
NO_NAME = (
    "mri?|ct|xr|pet|dexa|stir|flair|ap|pa|lumbar|cervical|thoracic|sacral|spinal?|spine|lumbosacral|whole|sagittal"
    "|axial|coronal|lateral|frontal|findings?|impression|technique|comparison|indication|history|conclusion|exam"
    "|examination|radiology|report|study|modic|schmorl|pfirrmann|meyerding|cobb|genant|gadolinium|contrast|none|not?"
    "|the|this|there|that|these|it|we|in|on|at|of|and|with|male|female|man|woman|unknown|anonymous|patient"
)
"""Words that stand where a name may stand, and are none; for a pattern that ignores case."""
_U, _L = "[A-ZÀ-ÖØ-Þ]", "[a-zß-öø-ÿ]"
_DEGREE = r"(?:M\.?D\.?|D\.?O\.?|Ph\.?D\.?|M\.?B\.?B\.?S\.?|FRCR|FRCS|R\.?N\.?|R\.?T\.?(?:\(R\))?|PA-C|NP|DC)"
_WORD = (
    rf"(?:(?!{_TITLE}|(?i:{NO_NAME})\b|{_DEGREE}(?![A-Za-z]))"
    rf"(?:{_U}{_L}+(?:['’-]{_U}?{_L}+)*|{_U}{{2,}}(?:['’-]{_U}+)*|O['’]{_U}{_L}+|Ma?c{_U}{_L}+))"
)
_INITIAL = r"(?:[A-Z]\.?)"
_PARTICLE = r"(?:van |von |de |der |el |al-|bin )?"
_NAME = rf"{_WORD}(?:,?[ \t]+(?:{_INITIAL}[ \t]+)?{_PARTICLE}{_WORD}){{0,2}}"
_DOCTOR = r"(?:physician|doctor|provider)"
_ROLE = (
    rf"radiologist|(?:referring|ordering) {_DOCTOR}|attending(?: physician)?|technologist|technician|surgeon|resident"
    r"|fellow|physician|provider|consultant|referrer|patient(?:'s)?(?: name)?|name(?: of patient)?|contact|next of kin"
    r"|emergency contact|guardian|cc|copy to|reader|author|transcriptionist|dear"
)
_DONE = (
    r"(?:electronically |digitally |e-)?(?:signed|reported|dictated|interpreted|read|approved|verified|reviewed"
    r"|transcribed|referred|ordered|performed|authored|finali[sz]ed|checked|prepared|requested|seen|examined"
    r"|authenticated)[ \t]+by|discussed[ \t]+with|spoke[ \t]+(?:to|with)|report (?:to|for|on)|re:"
    r"|(?:sincerely|regards),?\s*|results? (?:called|given|communicated) to"
)
_RELATION = "wife|husband|son|daughter|mother|father|brother|sister|spouse|partner|niece|nephew"
_LOOSE = r"[A-Za-z'-]+(?:[,^ ][ \t]?[A-Za-z'-]+){0,2}"
_PATTERNS = (
    re.compile(rf"\b{_TITLE}(?:\.[ \t]*|[ \t]+)(?P<v>{_NAME}|{_INITIAL}[ \t]*{_WORD})"),
    re.compile(rf"\b(?i:{_DONE})[ \t]*:?[ \t]*(?P<v>{_NAME})"),
    re.compile(rf"\b(?i:{_ROLE})[ \t]*(?:[:：]|\.{{2,}})[ \t]*(?P<v>{_NAME}|{_LOOSE})"),
    re.compile(rf"\b(?i:{_RELATION}),?[ \t]+(?P<v>{_NAME})"),
    re.compile(rf"\b(?P<v>{_NAME})(?:,[ \t]*{_DEGREE}|[ \t]+(?:M\.?D\.?|Ph\.?D\.?))(?![A-Za-z])"),
)


def names(text: str) -> Iterator[Claim]:
    """Yield names after cues, surest cue first."""
    for pattern in _PATTERNS:
        yield from (Claim(*found.span("v"), "name", "[NAME]") for found in pattern.finditer(text))
