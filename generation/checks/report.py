"""Is it a report: six parts, each with something of its own, and the disclaimer?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from generation.checks.registry import REPORT, check
from generation.checks.sentences import sentences_of
from generation.checks.words import words
from generation.items import PlannedItem
from generation.samples import Report, Writing

SHORTEST_PART = 4
"""Words or Chinese characters; fewer report nothing."""
LABEL = re.compile(r"^[^.。:：]{1,20}[:：]\s*")
"""What a line begins with that says whom or what it is for."""
NOTHING = re.compile(
    r"\W*(?:n/?a|none|nil|nothing|unknown|not (?:applicable|available|stated|given|mentioned|specified|known)"
    r"|(?:the )?same as above|see above|as above|同上|见上(?:文)?|同前"
    r"|无|没有|暂无|不适用|不详|未知|未提及|未说明|略)\W*$",
    re.IGNORECASE,
)
DISCLAIMER = re.compile(
    r"(?:does|do|can|must|should|may) ?not (?:replace|substitute|be (?:used|taken) (?:as|in place of|instead))"
    r"|not? a? ?substitute|not medical advice|(?:reference|information|education\w*)(?: purposes)? only"
    r"|(?:must|should|to|needs? to) be (?:confirmed|reviewed|checked|verified|judged) by"
    r"|judge?ment of (?:a|the) (?:clinician|doctor|physician)"
    r"|(?:consult|ask|see) (?:a|your|the) (?:clinician|doctor|physician|specialist|surgeon)"
    r"|不能?[替代取]{1,2}代?|仅供[^。]{0,4}参考|不构成[^。]{0,8}(?:建议|诊断)|以[^。]{0,12}(?:医生|医师|临床)[^。]{0,8}为准"
    r"|(?:由|经)[^。]{0,8}(?:医生|医师)[^。]{0,6}(?:确认|审核|复核|判断)|请(?:咨询|遵)[^。]{0,6}(?:医|嘱)",
    re.IGNORECASE,
)
"""Says that a person has the last word."""


@check("report-form", "part-missing", "part-repeated", "no-disclaimer", kinds=REPORT)
def report_form(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a report of which a part says nothing or what another part says, or that lacks its disclaimer."""
    if writing.report is None:
        return ["part-missing", "no-disclaimer"]
    parts = _parts(writing.report)
    said = Counter(tuple(words(text)) for text in parts if text)
    reasons = {
        "part-missing": any(_says_nothing(text) for text in parts),
        "part-repeated": any(times > 1 for times in said.values()),
        "no-disclaimer": not DISCLAIMER.search(writing.report.basis_disclaimer),
    }
    return [code for code, holds in reasons.items() if holds]


def _parts(report: Report) -> list[str]:
    """Return the text of each part, the two halves of a treatment apart, without labels and disclaimer."""
    return [
        LABEL.sub("", line).strip() if name == "treatment" else line.strip()
        for name, text in report
        for line in (text.splitlines() if name == "treatment" else [_without_disclaimer(text)]) or [""]
    ]


def _without_disclaimer(text: str) -> str:
    return " ".join(sentence for sentence in sentences_of(text) if not DISCLAIMER.search(sentence))


def _says_nothing(text: str) -> bool:
    return len(words(text)) < SHORTEST_PART or bool(NOTHING.match(text))
