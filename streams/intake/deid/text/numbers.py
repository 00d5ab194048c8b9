"""Numbers that identify: ids after their cue or by their form, contacts, and ages above 89."""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.intake.deid.text.spans import Claim

_I = re.IGNORECASE
_ID = r"(?P<v>(?=[A-Za-z\-_/]*\d)[A-Za-z0-9][A-Za-z0-9\-_/]{0,23})"
_ID_CUE = (
    r"MRN|medical record|patient id|pat\.? id|accession|acc|case|order|visit|encounter|account|policy|insurance"
    r"|passport|licen[cs]e|chart|hospital|NHS|medicare|member|subject|record|ID|identifier|exam id|study id|serial"
    r"|request"
)
_HAN_CUE = (
    "(?:住院|门诊|病历|检查|影像|登记|病案|病理|放射|超声|就诊|申请单|申请|流水|条码|床|卡|医保|社保|编|ID)号"
    "|身份证(?:号码?)?|床位|号码|ID"
)
_CUED_IDS = (
    re.compile(rf"\b(?:{_ID_CUE})[ \t]*(?:no\.?|number|num\.?|nr\.?|id|#)?[ \t]*(?:is|[:：#.=])+[ \t]*#?{_ID}", _I),
    re.compile(rf"\b(?:MRN|accession|(?:medical record|chart|case) number|patient id)[ \t]+#?{_ID}", _I),
    re.compile(rf"(?:{_HAN_CUE})[ \t]*[:：]?[ \t]*{_ID}", _I),
    re.compile(r"(?<!\d)(?P<v>\d{17}[\dXx])(?!\d)"),
    re.compile(r"(?<![\d-])(?P<v>\d{3}-\d{2}-\d{4})(?![\d-])"),
)
"""A cue before it, or the form of a Chinese identity number or an American social security number."""
_BARE_IDS = (
    re.compile(r"(?<![\dA-Za-z.])(?P<v>[A-Z]{1,4}-?\d{5,})(?![\dA-Za-z])", _I),
    re.compile(r"(?<![\dA-Za-z.,])(?P<v>\d{7,}(?:-\d+)*)(?![\dA-Za-z]|\.\d)"),
    re.compile(r"(?<![\d.])(?P<v>[012](?:\.\d+){5,})(?![\d])"),
)
"""Seven digits or more, letters before five, a UID."""
_ADDRESSES = (
    re.compile(r"(?<![A-Za-z0-9._%+-])(?P<v>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]+)+)"),
    re.compile(r"(?P<v>(?:https?://|www\.)[^\s，。；)）\]]+)", _I),
)
_PHONE_CUE = r"\b(?:tel|telephone|phone|fax|pager|mobile|cell|ext|call(?:back)?)|电话|手机|传真|联系方式"
_EXTENSION = r"(?:[ ]?(?:x|ext\.?)[ ]?\d+)?"
_PHONES = (
    re.compile(r"(?<![\d.])(?P<v>(?:\d{1,3}\.){3}\d{1,3})(?![\d.])"),
    re.compile(rf"(?:{_PHONE_CUE})[.:：# \t]*(?P<v>[+(]?\d[\d() .\-]{{4,20}}\d)", _I),
    re.compile(r"(?<![\dA-Za-z.])(?P<v>\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,4}\d{2,4})(?!\d)"),
    re.compile(rf"(?<![\dA-Za-z.])(?P<v>\(\d{{2,4}}\)[ .-]?\d{{3,4}}[ .-]?\d{{3,4}}{_EXTENSION})(?!\d)", _I),
    re.compile(rf"(?<![\dA-Za-z.])(?P<v>\d{{3}}[ .-]\d{{3}}[ .-]\d{{4}}{_EXTENSION})(?!\d)", _I),
    re.compile(r"(?<!\d)(?P<v>1[3-9]\d{9}|0\d{2,3}-\d{7,8})(?!\d)"),
)
"""IPv4 addresses with them: four numbers between dots."""
_AGES = re.compile(
    r"(?<![\d.])(?P<v>9\d|1[0-3]\d)(?=[ \t-]*(?:years?|yrs?|y/?o|y\.o|y(?![a-z])|岁|周岁|[MF]\b))"
    r"|(?:\b(?:aged?|age[:：])[ \t]*|年龄[:：]?[ \t]*)(?P<w>9\d|1[0-3]\d)(?![\d.])",
    _I,
)


def _claims(patterns: tuple[re.Pattern[str], ...], text: str, kind: str, mask: str) -> Iterator[Claim]:
    for pattern in patterns:
        yield from (Claim(*found.span("v"), kind, mask) for found in pattern.finditer(text))


def sure_numbers(text: str) -> Iterator[Claim]:
    """Yield mail and web addresses, and ids that a cue or their form makes sure: no date may be read in these."""
    yield from _claims(_ADDRESSES, text, "contact", "[CONTACT]")
    yield from _claims(_CUED_IDS, text, "id", "[ID]")


def likely_numbers(text: str) -> Iterator[Claim]:
    """Yield telephone numbers, long bare numbers, and ages above 89; dates have been taken before."""
    yield from _claims(_PHONES, text, "contact", "[CONTACT]")
    yield from _claims(_BARE_IDS, text, "id", "[ID]")
    for found in _AGES.finditer(text):
        yield Claim(*found.span("v" if found["v"] else "w"), "age", "90+")
