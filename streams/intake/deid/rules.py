"""What becomes of an element, by its tag alone: the table first, then what is kept, and removal for all the rest."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from pydicom.datadict import dictionary_VR

from streams.intake.deid.keep import (
    BULK,
    CONTEXT,
    EMPTIED,
    ENTERED,
    GROUPS,
    KNOWN,
    MOVED,
    REQUIRED,
    tags,
)
from streams.intake.deid.table import Action, actions

NUMBERS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT", "US or SS"})
"""Value representations of binary numbers."""
TIMES = frozenset({"DA", "DT", "TM"})
"""Value representations of dates and times."""
TEXTS = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN"})
"""Value representations of free text."""


class Rule(StrEnum):
    """The fate of an element."""

    KEEP = "keep"
    """Binary numbers, pixels and lookup tables stay."""
    KEEP_ANY = "keep-any"
    """Stays whatever it is. No rule of ours is this: tests take a rule away with it."""
    TERM = "term"
    """A code string stays as far as it has the form of one."""
    NUMBER = "number"
    """A number in text stays when it is a number."""
    KNOWN = "known"
    """Stays when it is one of the element's listed terms."""
    DATE = "date"
    """Moves by the patient's offset."""
    UID = "uid"
    """Becomes its pseudonym."""
    PATIENT = "patient"
    """Becomes the patient's pseudonym."""
    ACCESSION = "accession"
    """Becomes its pseudonym."""
    AGE = "age"
    """Stays up to 89 years."""
    ENTER = "enter"
    """A sequence: its items go through the same rules."""
    DUMMY = "dummy"
    """Becomes a fixed text."""
    EMPTY = "empty"
    """Stays without a value."""
    REMOVE = "remove"
    """Goes."""


_PATIENT = tags("PatientID", "PatientName")
_ACCESSION = tags("AccessionNumber")
_AGE = tags("PatientAge")
_EMPTY = tags("PatientBirthDate")
_GONE = CONTEXT | tags("SpecificCharacterSet")
"""All text that stays is ASCII, which needs no character set named."""


def vr_of(tag: int) -> str:
    """Return the VR of an element as the dictionary has it; empty where it is private, repeating or unknown."""
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return ""


@cache
def rule_of(tag: int) -> Rule:
    """Return what becomes of the element of a tag."""
    group = tag >> 16
    if group not in GROUPS or tag & 0xFFFF == 0 or tag in _GONE or not vr_of(tag):
        return Rule.REMOVE
    if tag in _PATIENT:
        return Rule.PATIENT
    if tag in _ACCESSION:
        return Rule.ACCESSION
    if tag in _AGE:
        return Rule.AGE
    if tag in KNOWN:
        return Rule.KNOWN
    action = actions().get(tag)
    if vr_of(tag) in TIMES:
        return _of_time(tag, action)
    return _of_action(tag, action) if action else _of_no_action(tag)


def _of_time(tag: int, action: Action | None) -> Rule:
    if tag in _EMPTY:
        return Rule.EMPTY
    if tag in MOVED or (action is not None and "D" in action.value.split("/")):
        return Rule.DATE
    return Rule.EMPTY if action is Action.Z else Rule.REMOVE


def _of_action(tag: int, action: Action) -> Rule:
    """Resolve a row of the table. A value that is optional or must be there gets one; only then is nothing missing."""
    if action is Action.U:
        return Rule.UID
    vr = vr_of(tag)
    if vr == "SQ":
        return Rule.ENTER if tag in ENTERED else Rule.EMPTY if tag in EMPTIED else Rule.REMOVE
    allowed = action.value.split("/")
    if "D" in allowed:
        return Rule.DUMMY if vr in TEXTS else Rule.REMOVE
    return Rule.EMPTY if "Z" in allowed else Rule.REMOVE


def _of_no_action(tag: int) -> Rule:
    vr = vr_of(tag)
    if vr in NUMBERS or tag in BULK:
        return Rule.KEEP
    by_vr = {"SQ": Rule.ENTER, "UI": Rule.UID, "CS": Rule.TERM, "IS": Rule.NUMBER, "DS": Rule.NUMBER}
    return by_vr.get(vr) or (Rule.DUMMY if tag in REQUIRED else Rule.REMOVE)
