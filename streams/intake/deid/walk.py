"""The walk: every element at every depth goes through its rule into a new dataset; nothing else gets there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from streams.intake.deid.codes import CODE_TAGS, cleaned_code, is_code
from streams.intake.deid.dates import kept_tm, moved_da, moved_dt
from streams.intake.deid.errors import ObjectRefused, RefusalReason
from streams.intake.deid.keep import BULK, INSTEAD, KNOWN, REMOVED
from streams.intake.deid.pseudonyms import Pseudonyms
from streams.intake.deid.rules import NUMBERS, TEXTS, Rule, rule_of, vr_of
from streams.intake.deid.settings import DeidSettings

_BYTES = frozenset({"OB", "OW", "OL", "OV", "OF", "OD", "UN"})
_DEEPEST = 24
_TERM = re.compile(r"(?!.*\d{5})[A-Za-z0-9_ .+-]{1,16}")
_NUMBER = re.compile(r"\s*[+-]?(?:\d{1,16}\.?\d{0,16}|\.\d{1,16})(?:[eE][+-]?\d{1,3})?\s*")
_AGE = re.compile(r"(\d{3})([DWMY])")
_SEX = 0x00100040


@dataclass(frozen=True)
class Walker:
    """The rules bound to a patient. `patient` is the original id, whose pseudonym and offset the object gets."""

    pseudonyms: Pseudonyms
    settings: DeidSettings
    patient: str
    exceptions: Mapping[int, Rule]
    """Rules that differ from `rule_of`, by tag; for tests that take a rule away."""

    def walk(self, dataset: Dataset, depth: int = 0) -> Dataset:
        """Return a new dataset of what the rules leave; raises `ObjectRefused` for nesting beyond all reason."""
        if depth > _DEEPEST:
            raise ObjectRefused(RefusalReason.BROKEN, f"sequences are nested deeper than {_DEEPEST}")
        clean = Dataset()
        for tag in sorted(dataset.keys()):
            rule = self.exceptions.get(tag) or rule_of(tag)
            if rule is Rule.REMOVE or (depth and tag in CODE_TAGS):
                continue
            element = self._sequence(dataset, tag, depth) if rule is Rule.ENTER else self._element(dataset, tag, rule)
            if element is not None:
                clean[tag] = element
        return clean

    def _sequence(self, dataset: Dataset, tag: int, depth: int) -> DataElement | None:
        element = dataset[tag]
        if element.VR != "SQ" or vr_of(tag) != "SQ":
            return None
        items = [self._item(item, depth + 1) for item in element.value or ()]
        kept = [item for item in items if item is not None and len(item)]
        return DataElement(tag, "SQ", Sequence(kept)) if kept or not items else None

    def _item(self, item: Dataset, depth: int) -> Dataset | None:
        if not is_code(item):
            return self.walk(item, depth)
        code = cleaned_code(item)
        if code is not None:
            for element in self.walk(item, depth):
                code[element.tag] = element
        return code

    def _element(self, dataset: Dataset, tag: int, rule: Rule) -> DataElement | RawDataElement | None:
        """Apply a rule to an element that is no sequence; None takes it away."""
        if rule is Rule.KEEP_ANY:
            return dataset.get_item(tag)
        if rule is Rule.KEEP:
            return _kept(dataset, tag)
        vr = vr_of(tag)
        if rule is Rule.EMPTY:
            return DataElement(tag, vr, [] if vr == "SQ" else None)
        if rule is Rule.DUMMY:
            return DataElement(tag, vr, REMOVED) if vr in TEXTS else None
        if rule is Rule.PATIENT:
            return DataElement(tag, vr, self.pseudonyms.patient(self.patient))
        values = text_of(dataset, tag).split("\\")
        if rule is Rule.NUMBER:
            good = all(not value.strip(" \0") or _NUMBER.fullmatch(value.strip(" \0")) for value in values)
            return _raw(dataset, tag, vr, values) if good else None
        new = [self._value(value.strip(" \0"), tag, rule, vr) for value in values]
        return DataElement(tag, vr, "\\".join(new) if any(new) else None)

    def _value(self, value: str, tag: int, rule: Rule, vr: str) -> str:
        """Return what one value of a text element becomes."""
        if rule is Rule.UID:
            return self.pseudonyms.uid(value)
        if rule is Rule.ACCESSION:
            return self.pseudonyms.accession(value)
        if rule is Rule.TERM:
            return value if _TERM.fullmatch(value) else ""
        if rule is Rule.AGE:
            return _capped(value) if self.settings.keep_age else ""
        if rule is Rule.KNOWN:
            if not value or (tag == _SEX and not self.settings.keep_sex):
                return ""
            return value if KNOWN[tag].fullmatch(value) else INSTEAD.get(tag, "")
        if vr == "TM":
            return kept_tm(value, self.settings.mode)
        moved = moved_da if vr == "DA" else moved_dt
        return moved(value, self.pseudonyms.offset_days(self.patient), self.settings.mode)


def text_of(dataset: Dataset, tag: int) -> str:
    """Return the text of an element as it stands, several values joined by `\\`; for elements that must be ASCII."""
    element = dataset.get_item(tag)
    value = element.value if element is not None else None
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, list | tuple | MultiValue):
        return "\\".join(map(str, value))
    return str(value)


def _capped(age: str) -> str:
    found = _AGE.fullmatch(age)
    if not found:
        return ""
    years = int(found[1]) / {"D": 365, "W": 52, "M": 12, "Y": 1}[found[2]]
    return "090Y" if years >= 90 else age


def _kept(dataset: Dataset, tag: int) -> DataElement | RawDataElement | None:
    """A binary element as it is; None where its encoding says that it is something else."""
    element = dataset.get_item(tag)
    if element is None:
        return None
    if element.VR is None or element.VR in NUMBERS or (tag in BULK and element.VR in _BYTES):
        return element
    return None


def _raw(dataset: Dataset, tag: int, vr: str, values: list[str]) -> DataElement | RawDataElement:
    element = dataset.get_item(tag)
    if isinstance(element, RawDataElement) and element.VR in (None, vr):
        return element
    return DataElement(tag, vr, "\\".join(value.strip(" \0") for value in values) or None)
