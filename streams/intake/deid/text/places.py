"""Postal addresses and the names of hospitals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.intake.deid.text.han import HAN
from streams.intake.deid.text.spans import Claim

_I = re.IGNORECASE
_STREET = (
    r"(?:(?i:street|avenue|road|boulevard|lane|terrace|highway|parkway|crescent)|St|Ave|Rd|Blvd|Ln|Drive|Dr|Court|Ct"
    r"|Way|Place|Pl|Square|Sq|Hwy|Pkwy|Close|Row|Circle|Cir|Trail)"
)
"""CT is a modality, Ct a court."""
_FLAT = r"(?:,?[ \t]*(?i:apt|unit|suite|ste|floor|fl|#)\.?[ \t]*#?[A-Za-z0-9-]+)?"
_CITY = r"(?:,[ \t]*[A-Z][A-Za-z.]*(?:[ \t][A-Z][A-Za-z.]*){0,2})?(?:,?[ \t]+[A-Z]{2})?(?:[ \t]+\d{5}(?:-\d{4})?)?"
_STREET_NAME = r"(?:[NSEW]\.?[ \t]+)?(?:[A-Z][A-Za-z'.]*[ \t]+|\d+(?:st|nd|rd|th)[ \t]+){1,4}"
_HAN_AREA = rf"(?:[{HAN}]{{2,6}}(?:省|自治区|市|县|区|州))*"
_HAN_HOUSE = r"\d+(?:号院?|弄|栋|幢|座)(?:[ \t]?\d+(?:号楼|号|栋|幢|单元|室|层))*"
_ADDRESSES = (
    re.compile(rf"(?<![\d.])(?P<v>\d{{1,5}}[A-Z]?[ \t]+{_STREET_NAME}{_STREET}\b\.?{_FLAT}{_CITY})"),
    re.compile(r"\b(?P<v>P\.?[ ]?O\.?[ ]?Box[ \t]+\d+)", _I),
    re.compile(r"(?P<v>[A-Z][a-z]+(?:[ ][A-Z][a-z]+){0,2},[ \t]*[A-Z]{2}[ \t]+\d{5}(?:-\d{4})?)(?!\d)"),
    re.compile(r"\b(?:home )?(?:address|residence|resides at|lives at)[ \t]*[:：]?[ \t]*(?P<v>\d[^\n。;.]{3,60})", _I),
    re.compile(r"(?:家庭住址|现住址|住址|地址|籍贯|户籍)[ \t]*[:：][ \t]*(?P<v>[^\n。；;，]{2,60})"),
    re.compile(rf"(?P<v>{_HAN_AREA}[{HAN}]{{1,8}}(?:路|街|大道|巷|弄|胡同|小区|村|镇){_HAN_HOUSE})"),
)
_HOSPITAL = (
    r"(?:Hospitals?|Medical Cent(?:er|re)|Clinics?|Infirmary|Imaging Cent(?:er|re)|Health System|Healthcare|University"
    r"|Radiology Associates|Orthopaedics|Cent(?:er|re)|Unit|Institute|Practice|Department)"
)
_INSTITUTIONS = (
    re.compile(rf"(?P<v>\b(?:[A-Z][A-Za-z'.]*[ \t]+(?:(?:of|and|the|for|&)[ \t]+)?){{1,5}}{_HOSPITAL})\b"),
    re.compile(r"(?P<v>\b(?:Department|Division|Institute) of(?:[ \t]+(?:and[ \t]+)?[A-Z][A-Za-z]+){1,4})"),
    re.compile(rf"(?P<v>[{HAN}]{{2,16}}(?:医院|卫生院|诊所|医学中心|影像中心|卫生服务中心))"),
)
_LEAD = re.compile(r"^.*(?:[于在到至由从赴]|就诊|转自|转入|送|患者|既往)")


def addresses(text: str) -> Iterator[Claim]:
    """Yield postal addresses in American and Chinese forms."""
    for pattern in _ADDRESSES:
        yield from (Claim(*found.span("v"), "address", "[ADDRESS]") for found in pattern.finditer(text))


def institutions(text: str) -> Iterator[Claim]:
    """Yield names of hospitals. Chinese has no capitals: one begins after the last word of place before it."""
    for pattern in _INSTITUTIONS:
        for found in pattern.finditer(text):
            start, end = found.span("v")
            lead = _LEAD.match(text[start : end - 2])
            yield Claim(start + (lead.end() if lead else 0), end, "institution", "[INSTITUTION]")
