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
_AUXILIARY = r"do|does|did|is|are|was|were|has|have|had|can|could|will|would|shall|should|may|might|must|need"
_MODAL = r"may|might|can|could|should|would|must|will|possibly|potentially|probably|presumably|likely"
OWN_CLAUSE = re.compile(
    r"(?<![A-Za-z])(?:(?:that|which|who|whom|whose|where|because)(?![A-Za-z])"
    rf"|and(?=\s+(?:(?:it|they|this|these)\s+)?(?:\w+ly\s+|also\s+|still\s+)?(?:{_AUXILIARY}|{_MODAL}|cannot)(?![A-Za-z])))",
    re.IGNORECASE,
)
"""Begins a clause with a verb of its own: a relative one, or a second predicate (`and does not move`)."""
VERB_DENIAL = re.compile(r"not|n['’]t|cannot", re.IGNORECASE)
"""The words of denial that may belong to one verb."""
VERB_DOUBT = re.compile(rf"{_MODAL}|suggests|indicates", re.IGNORECASE)
"""The words of doubt that may belong to one verb."""
AUXILIARY_BEFORE = re.compile(rf"(?<![A-Za-z])(?:{_AUXILIARY})\s+(?:\w+ly\s+)?$", re.IGNORECASE)
"""Right before a `not` that belongs to a verb; elsewhere it contrasts (`left, not right`)."""
NEXT_VERB = re.compile(
    r"(?:\s+(?:not|to|be|been|being|have|also|yet|always|at\s+all|\w+ly)(?![A-Za-z]))*\s+(?P<verb>[A-Za-z]+)",
    re.IGNORECASE,
)
"""The verb behind a `not` or a `may`, or the word that stands for it."""
EXISTENCE = re.compile(
    r"be|been|being|have|exists?|there|here|present|absent|real|true|genuine|certain|sure|clear|definite|convincing"
    r"|evident|apparent|obvious|manifest|visible|available|possible|likely|typical|expected|known|so"
    r"|a|an|any|the|one|this|it|normal|spurious|mistaken|false|art[ei]fact\w*|physiologic\w*"
    r"|see|seen|find|found|show\w*|confirm\w*|visuali[sz]\w*|identif\w*|demonstrat\w*|detect\w*|discern\w*"
    r"|not\w+|observ\w*|appreciat\w*|perceiv\w*|report\w*|mention\w*|describ\w*|documented|recorded|listed|included"
    r"|diagnos\w*|pro(?:ve|ves|ved|ven)|verif\w*|establish\w*|substantiat\w*|corroborat\w*|support\w*|bear|bore|borne|made"
    r"|recogni[sz]\w*|reveal\w*|depict\w*|display\w*|imaged|reproduc\w*|accept\w*|exclude\w*|ruled|rule"
    r"|appear\w*|occur\w*|happen\w*|persist\w*|recur\w*|return\w*|remain\w*|develop\w*|aris\w*|arose|emerge\w*|form\w*"
    r"|represent\w*|reflect\w*|correspond\w*|mimic\w*|simulat\w*|mean|means|constitute\w*"
    r"|materiali[sz]\w*|stand|stood|hold|held|meet|met|satisf\w*|fulfil\w*|qualif\w*|classif\w*|regard\w*|amount\w*|count\w*"
    r"|suspect\w*|consider\w*|think|thought|believ\w*|feel|felt|assum\w*|presum\w*|agree\w*|concur\w*|shar\w*|endors\w*"
    r"|encounter\w*|locat\w*|spot\w*|trac\w*|resolv\w*|heal\w*|disappear\w*|vanish\w*|regress\w*",
    re.IGNORECASE,
)
"""Verbs, and words behind `be`, that say whether something is there or what it is."""
ASSERTED = re.compile(
    r"(?<![A-Za-z])(?:there (?:is|are|was|were)|show(?:s|ed|n)?|reveal(?:s|ed)|demonstrate[sd]|confirm(?:s|ed)"
    r"|depict(?:s|ed)|found|saw"
    r"|(?:is|are|was|were) (?:seen|found|noted|present|visible|identified|detected|diagnosed|reported))(?![A-Za-z])",
    re.IGNORECASE,
)
"""Reports a finding as seen."""
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
