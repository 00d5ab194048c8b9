"""Words around a procedure that say it was done or decided on, and words that take that back.

Narrower than the words for findings: a procedure that is merely named was not done. What says so must stand right
before it (`underwent a left L4/5 microdiscectomy`) or right behind it (`ACDF at C5/C6 was recommended`), with nothing
but the small words of this file between; a word that takes it back counts wherever in the sentence it stands.
"""

from __future__ import annotations

import re

_LATER = r"(?:\w+ly\s+|then\s+|also\s+|therefore\s+|thus\s+)?"
_SET = r"planned|scheduled|booked|arranged"
_TOLD = rf"recommended|advised|proposed|indicated|{_SET}"
_NOW = r"(?=\s*(?:$|[.;,]|because|given\b|in\s+view|to\s+(?:him|her|the\s+patient)|now\b|next\b|today|tomorrow))"
"""Behind a present tense: a decision on one patient, where `is recommended for severe stenosis` is advice to all."""
_DONE = (
    rf"{_TOLD}|performed|carried\s+out|done|undertaken|completed|chosen|selected|agreed|given|administered|needed"
    r"|required|necessary|successful"
)
_HELPED = (
    r"relieved|abolished|settled|eased|gave|brought|freed|restored|stopped|ended|cured|lowered|decompressed|removed"
    r"|stabilised|stabilized"
)
DECIDED_AHEAD = re.compile(
    r"(?<![A-Za-z])(?:(?:underwent|received|performed|carried\s+out|undertook|opted\s+for|chose|agreed\s+(?:to|on)"
    r"|proceeded\s+(?:to|with)|(?:listed|scheduled|booked|admitted)\s+for|recommends?|advise|propose"
    r"|(?<!\ba\s)(?<!\bthe\s)(?:recommended|advised|proposed|planned)"
    r"|(?:was|were)\s+(?:\w+ly\s+)?(?:treated|managed|decompressed|stabilised|stabilized)\s+(?:with|by)"
    r"|(?:treatment|surgery|operation|procedure|plan|recommendation)\s+(?:was|is|consisted\s+of))(?![A-Za-z])"
    r"|(?:treatment|surgery|operation|procedure|plan|recommendation)(?:\s+performed)?\s*:)"
    r"|[行施予](?![走动为])|实施|接受|采用|选择|建议|计划|(?:手术|治疗)(?:方式|名称|方案)?\s*[:为]",
    re.IGNORECASE,
)
"""Says that the procedure behind it was done or decided on."""
DECIDED_BEHIND = re.compile(
    rf"(?:(?:was|were|has\s+been|have\s+been)\s+{_LATER}(?:{_DONE})|(?:is|are)\s+{_LATER}(?:{_SET}|(?:{_TOLD}){_NOW})|{_HELPED})(?![A-Za-z])"
    r"|(?:已|均已)?(?:顺利)?(?:完成|施行|进行)",
    re.IGNORECASE,
)
"""Says that the procedure before it was done or decided on."""
_TAKEN_BACK = (
    r"declin\w*|refus\w*|reject\w*|cancel\w*|postpon\w*|defer\w*|delay\w*|abandon\w*|abort\w*|withh?eld|avoid\w*|prevent\w*"
    r"|discuss\w*|offer\w*|options?|alternatives?|contraindicat\w*|attempt\w*|instead|rather|reserved?|unnecessary"
    r"|but|however|although|though|yet|nobody|no\s+one|none|never|neither|nor|den(?:y|ies|ied)|against|no\s+longer|no\s+(?:need|indication|role|reason)"
)
_CONDITION = (
    r"if|unless|when|whenever|once|until|in\s+case|provided|pending|depend\w*|as\s+needed|expected|hypothe\w*|simulat\w*"
    r"|planning\s+to|spontaneous\w*|congenital\w*|auto(?:genous)?\s*fus\w*"
)
_DOUBT = (
    r"may|might|can|could|would|should|must|will|possib\w*|potential\w*|probabl\w*|likely|suspect\w*|suggest\w*"
    r"|appears?|seems?|questionable|versus|vs|either|whether|or|consider\w*|assess\w*|evaluat\w*|question\w*|wish\w*"
    r"|wanted|wants|hop(?:es?|ed|ing)|asked|asks|request\w*|feared|debat\w*|weigh\w*"
)
_PAST = (
    r"histor\w*|previous\w*|prior|former\w*|earlier|past|ago|elsewhere|since|status\s+post|s/p|who|whose|old"
    r"|(?:years?|months?|weeks?|days?|decades?)\s+before|(?:19|20)\d\d|had\s+(?:\w+\s+)?(?:undergone|had|been|received)"
)
_GENERAL = (
    r"typical\w*|usual\w*|common\w*|often|frequent\w*|most|mostly|general\w*|rare(?:ly)?|sometimes|occasional\w*|risks?"
    r"|incidence|prevalence|e\.g|for\s+example|such\s+as|famil\w*|compar\w*|patients|cases|subjects|participants"
    r"|volunteers|surgeons|authors?|guidelines?|stud(?:y|ies)|trials?|series|cohorts?|controls?|groups?|cadaver\w*|specimens?"
    r"|literature|textbooks?|chapters?|articles?|lectures?|videos?|how|each|every|percent|father|mother|brother|sister"
    r"|husband|wife|son|daughter|uncle|aunt|friend|colleague|neighbour|another|others|somebody|someone|came\s+back|recurred"
)
_ZH_TAKEN_BACK = (
    r"可能|可疑|疑|考虑|如果|若|如(?![下图期])|常见|多见|好发|易|既往|曾|倾向|待排|或|(?<![相反效适])应|可(?!见|及)|通常|一般|典型"
    r"|拒绝|放弃|暂|推迟|延期|取消|讨论|备选|必要时|[年月周日天]前|院外|外院|未(?![见发出])|需|拟(?!行)|是否|能否|还是|但|然而|自发|先天|例患者|研究|对照"
)
TAKEN_BACK = re.compile(
    rf"\b(?!general\s+an)(?!\d\d-?\s?years?[\s-]+old)"
    rf"(?:{_TAKEN_BACK}|{_CONDITION}|{_DOUBT}|{_PAST}|{_GENERAL}|%)(?!\w)|{_ZH_TAKEN_BACK}",
    re.IGNORECASE,
)
"""Takes back, doubts, delays or makes general whatever the sentence says of a procedure."""
OF_ANOTHER = re.compile(
    r"(?<![A-Za-z])(?:revision|removal|extension|exploration|sites?|levels?|ends?|results?|outcomes?|complications?|effects?"
    r"|failure|breakdown|instead|need|indications?|candidates?|request)\s+(?:of|for)\s+(?:the\s+|an?\s+)?$",
    re.IGNORECASE,
)
"""Right before a procedure: another thing is spoken of (`removal of the fusion`)."""
HAS_BEEN = re.compile(r"\s*[后史]")
"""Right behind a Chinese procedure: it lies in the past."""
SMALL = re.compile(
    r"a|an|the|at|of|on|in|to|levels?|dis[ck]|space|interspace|segment|sides?|sided|by|with|using|we|i|it|he|she|was|were|has"
    r"|been|have|then|also|therefore|through|via|from|under|image|ct|x|ray|fluoroscop\w*|ultrasound|guided|guidance"
    r"|performed|done|undertaken|carried|out|recommended|advised|planned|scheduled|booked|proposed|indicated|arranged"
    r"|underwent|received|treated|managed|decompressed|stabili[sz]ed"
    r"|minimally|invasive|microscopic|microsurgical|tubular|open|endoscopic|percutaneous|instrumented|posterior|anterior"
    r"|single|one|two|stage|bilateral|unilateral|uneventful|elective|urgent|emergency|mini|robot|assisted|navigated"
    r"|revision|repeat|second|first|further|limited|wide|partial|subtotal|complete|standard|simple|diagnostic"
    r"|therapeutic|balloon|lumbar|cervical|thoracic|facets?|joints?|small|short|successful|formal|definitive|same|day"
    r"|operative|surgical|morning|afternoon|next",
    re.IGNORECASE,
)
"""English words that may stand between a procedure and its level, its side or what decides on it."""
SMALL_ZH = frozenset(
    "节段水平椎间盘隙体处的行予以拟于在为给施实接受建议采用了侧型择期限急诊手术左右双微创全麻下经皮由在"
)
"""Chinese characters that may stand there."""
