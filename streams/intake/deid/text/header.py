"""The head lines of a report (`Patient: …`, `姓名：…`): they tell who, not what is seen, and go whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from generation.levels import find_levels
from streams.intake.deid.identities import Identities, IdentityKind
from streams.intake.deid.text.people import NO_NAME
from streams.intake.deid.text.spans import Claim

_LONGEST = 300
_NUMBER = r"(?: id| no\.?| number| #)?"
_KEYS = (
    rf"patient(?:'s)?(?: name| identifier| address| phone|{_NUMBER})|pt(?: name)?|(?:full )?name(?: of patient)?|mrn"
    rf"|(?:medical record|accession|acc|account|nhs|visit|id){_NUMBER}|dob|d\.o\.b\.?|date of birth|birth ?date"
    r"|(?:referring|ordering) (?:physician|doctor|provider)|referred by|attending(?: physician)?|address|phone"
    r"|ssn|telephone|tel|fax|e-?mail|hospital|institution|facility|department|ward|insurance"
)
_HAN_KEYS = (
    "(?:患者|病人)?姓名|患者|(?:住院|门诊|病历|检查|影像|登记|病案|放射|床|医保|卡|编)号|身份证(?:号码?)?|出生日期|出生年月"
    "|生日|联系电话|电话|手机|家庭住址|住址|地址|科室|病区|申请科室|申请医[师生]|送检医师|医院(?:名称)?|检查医院|单位"
)
_LINE = re.compile(
    rf"^[ \t>*|#-]*(?:(?:{_KEYS})[ \t]*(?:[:：#=]|\.{{2,}})|(?:{_HAN_KEYS})[ \t]*[:：])[^\n]*(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = r"(?P<v>[^\W\d_][\w'’.^-]*(?:,?[ \t]?[^\W\d_][\w'’.^-]*){0,3}?)"
_NEXT_KEY = r"[,;]?[ \t]+(?:(?:patient|birth|exam|study)[ \t]*)?(?:id|mrn|dob|age|sex|gender|date|accession)\b"
_PERSON = re.compile(
    rf"(?:patient(?:'s)?(?: name)?|pt(?: name)?|(?:full )?name(?: of patient)?)[ \t]*(?:[:：=]|\.{{2,}})[ \t]*{_NAME}"
    rf"(?=[ \t]{{2,}}|\t|[;|(\n]|[ \t]*\Z|{_NEXT_KEY})",
    re.IGNORECASE,
)
_NO_NAME = re.compile(NO_NAME, re.IGNORECASE)
_HAN_PERSON = re.compile(r"姓名[ \t]*[:：][ \t]*(?P<v>[\u4e00-\u9fff·]{2,4}?)(?=[^\u4e00-\u9fff·]|[性年男女住检科]|$)")


def header_names(text: str) -> Identities:
    """Return the patient's names that the head lines give, so that they are masked in the whole report."""
    found = Identities()
    for match in _HAN_PERSON.finditer(text):
        found.add(IdentityKind.NAME, match["v"])
    for match in _PERSON.finditer(text):
        words = takewhile(_may_be_name, re.split(r"[\s,^]+", match["v"]))
        found.add(IdentityKind.NAME, " ".join(words))
    return found


def _may_be_name(word: str) -> bool:
    """`Patient: Female with back pain` names nobody, and must not mask these words in the whole report."""
    return word[:1].isupper() and not _NO_NAME.fullmatch(word)


def header_claims(text: str) -> Iterator[Claim]:
    """Yield the head lines, each to be dropped whole; a long line, or one that names a level, stays to be masked."""
    for found in _LINE.finditer(text):
        line = found[0]
        if len(line) <= _LONGEST and not find_levels(line):
            yield Claim(found.start(), found.end(), "line", "")
