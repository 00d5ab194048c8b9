"""Words that deny a finding, doubt it, or place it beside the level they name."""

from __future__ import annotations

import re

DENIES_AHEAD = re.compile(
    r"\b(?:no|without|absence of|absent|never|none|neither|nor|den(?:y|ies|ied)|negative for|free of|free from"
    r"|lacks?|lacking|rather than|instead of|fail(?:s|ed)? to show|excluding|other than)\b"
    r"|未|无(?!力)|没有|否认|排除|非",
    re.IGNORECASE,
)
"""Denies what follows it in its segment."""
DENIES_ALL = re.compile(
    r"\bnot\b(?!\s+only)|n['’]t\b|\b(?:cannot|ruled out|excluded|(?:is|are|was|were) absent|unlikely|negative)\b"
    r"|不(?!稳|全|均|规则|同|等|伴)|阴性|除外",
    re.IGNORECASE,
)
"""Denies (or may deny) everything in its segment."""
_DOUBT = (
    r"may|might|can|could|would|should|must|will|possib\w*|potential\w*|probabl\w*|likely|suspect\w*|suspicio\w*"
    r"|suggest\w*|presum\w*|appears?|seems?|seemingly|questionable|equivocal|borderline|concern(?:ing)? for"
    r"|consistent with|compatible with|rule out|r/o|to exclude|exclusion|differential|versus|vs|either|whether|or"
    r"|consider\w*|assess\w*|evaluat\w*|question\w*"
)
_CONDITION = (
    r"if|unless|expected|hypothe\w*|simulat\w*|mimic\w*|models?|screen\w*|prevent\w*|avoid\w*|indicat\w*|recommend\w*"
)
_PAST = r"histor\w*|previous\w*|prior|former\w*|earlier|past|resolv\w*|resolution|healed|regress\w*|disappear\w*"
_GENERAL = (
    r"typical\w*|usual\w*|common\w*|often|frequent\w*|most|mostly|general\w*|rare(?:ly)?|sometimes|occasional\w*"
    r"|risks?|incidence|prevalence|e\.g|for example|such as|famil\w*|compared|patients with|cases of|in case of"
    r"|defined|definition|termed|called|classif\w*"
    r"|of (?:the |all )?(?:patients|cases|subjects)|in \d+ (?:patients|cases|subjects)"
    r"|occur\w*|treatment of|management of"
)
_ZH_HEDGES = (
    r"可能|可疑|疑|考虑|如果|若|建议|常见|多见|好发|易|既往|曾|倾向|待排|或"
    r"|(?<![相反效适])应|可(?!见|及)|通常|一般|典型"
)
HEDGES = re.compile(
    rf"\b(?:{_DOUBT}|{_CONDITION}|{_PAST}|{_GENERAL})\b|{_ZH_HEDGES}",
    re.IGNORECASE,
)
"""Takes the certainty from everything in its segment: doubt, condition, past, generality."""
BESIDE = re.compile(
    r"\b(?:above|below|adjacent to|next to|near|except\w*|spar(?:ing|es|ed)|apart from|besides|away from|than|unlike"
    r"|beyond|(?:cranial|cephalad|caudal|caudad|rostral|proximal|distal|superior|inferior) to|outside|opposite)\b"
    r"|邻近|相邻|以[上下外]|(?<![切摘去])除",
    re.IGNORECASE,
)
"""The finding is beside the level that follows, not at it."""
STRONG_BREAK = re.compile(
    r";|[。！!？?]|\.(?=\s|$)|(?<![A-Za-z])(?:but|however|whereas|although|though|yet|nevertheless)(?![A-Za-z])|但|然而",
    re.IGNORECASE,
)
"""Ends a segment: nothing said before it denies or doubts what comes after."""
WEAK_BREAK = re.compile(
    r",|:|、|(?<![A-Za-z])(?:and|with|while|plus|as\s+well\s+as|which|where)(?![A-Za-z])|并|伴有?|合并|以?及|和|且|同时",
    re.IGNORECASE,
)
"""Ends a clause, unless it joins two levels, two sides or two grades."""
PREAMBLE = re.compile(
    r"\s*(?:and\s+)?(?:at|on|in|for)?\s*(?:the\s+)?(?:level\s+of\s+)?(?:the\s+)?\0\s*"
    r"(?:levels?|dis[ck](?:\s+space)?|segment|interspace|vertebra(?:l body)?|body"
    r"|水平|节段|椎间盘|间盘|间隙|椎体)?\s*",
    re.IGNORECASE,
)
"""A clause that only says where: a single level (written `\\0`) and its noun."""
