"""Fictional people: who a study is said to be of, who asked for it and who read it, and where.

Everything drawn here is planted in headers and reports, so that what must be found and taken out is known.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import yaml

from generation.sources import Language

_FIRST_STUDY, _LAST_STUDY = date(2016, 1, 4), date(2024, 12, 20)


class Person(NamedTuple):
    """A name, in its own script and in Latin letters."""

    family: str
    given: str
    family_latin: str
    given_latin: str

    @property
    def latin(self) -> str:
        """As a header holds it (PN), in Latin letters."""
        return f"{self.family_latin}^{self.given_latin}"

    @property
    def dicom(self) -> str:
        """As a header holds it (PN): the Latin group, then the ideographic one if there is one."""
        return self.latin if self.family == self.family_latin else f"{self.latin}={self.family}^{self.given}"

    @property
    def forms(self) -> tuple[str, ...]:
        """What a header holds of it: the whole, and each of its groups."""
        return tuple(dict.fromkeys((self.dicom, *self.dicom.split("="))))

    @property
    def written(self) -> str:
        """As a report writes it."""
        return f"{self.given} {self.family}" if self.family.isascii() else f"{self.family}{self.given}"


class Identity(NamedTuple):
    """All that identifies a study of a person who does not exist."""

    patient: Person
    sex: str
    """`F` or `M`."""
    birth: date
    study: date
    time: str
    """Of the study, HHMMSS."""
    prior: date
    """Of an earlier study that the report speaks of."""
    patient_id: str
    other_id: str
    """A second number of the patient, held in a nested sequence."""
    national_id: str
    accession: str
    study_id: str
    phone: str
    address: str
    institution: str
    department: str
    referring: Person
    performing: Person
    reading: Person
    operator: Person
    mother: Person
    physician_phone: str
    station: str
    serial: str

    @property
    def age(self) -> int:
        """Full years on the day of the study."""
        before = (self.study.month, self.study.day) < (self.birth.month, self.birth.day)
        return self.study.year - self.birth.year - before


@lru_cache(maxsize=1)
def _lists() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((files("generation.phantom") / "names.yaml").read_text("utf-8"))
    return loaded


class _Drawing:
    """Draws from the lists of one language."""

    def __init__(self, rng: np.random.Generator, language: Language) -> None:
        self.rng = rng
        self.lists = _lists()[language.value]

    def one(self, name: str) -> str:
        listed = self.lists[name]
        return str(listed[int(self.rng.integers(len(listed)))])

    def number(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def person(self) -> Person:
        family, given = self.one("family"), self.one("given")
        if "/" not in family:
            return Person(family, given, family, given)
        (own, latin), (given, given_latin) = family.split("/"), given.split("/")
        return Person(own, given, latin, given_latin)

    def people(self, count: int) -> list[Person]:
        """So many people of whom no two share a family name and a given name."""
        found: dict[str, Person] = {}
        while len(found) < count:
            person = self.person()
            found.setdefault(person.written, person)
        return list(found.values())

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.number(0, (last - first).days + 1))


def draw_identity(rng: np.random.Generator, language: Language) -> Identity:
    """Draw a person and all that goes with a study of theirs."""
    drawing = _Drawing(rng, language)
    study = drawing.day(_FIRST_STUDY, _LAST_STUDY)
    birth = drawing.day(date(study.year - 84, 1, 1), date(study.year - 22, 12, 31))
    patient, referring, performing, reading, operator, mother = drawing.people(6)
    english = language is Language.EN
    return Identity(
        patient=patient,
        sex="FM"[drawing.number(0, 2)],
        birth=birth,
        study=study,
        time=f"{drawing.number(7, 20):02}{drawing.number(0, 60):02}{drawing.number(0, 60):02}",
        prior=study - timedelta(days=drawing.number(60, 900)),
        patient_id=f"MRN{drawing.number(10**6, 10**7)}" if english else f"ZY{drawing.number(10**7, 10**8)}",
        other_id=f"ALT-{drawing.number(10**5, 10**6)}",
        national_id=_national_id(drawing, birth, english=english),
        accession=f"ACC{drawing.number(10**8, 10**9)}",
        study_id=f"ST{drawing.number(10**5, 10**6)}",
        phone=_phone(drawing, english=english),
        address=_address(drawing, english=english),
        institution=drawing.one("institutions"),
        department=drawing.one("departments"),
        referring=referring,
        performing=performing,
        reading=reading,
        operator=operator,
        mother=mother,
        physician_phone=_phone(drawing, english=english),
        station=f"STN{drawing.number(1000, 10000)}",
        serial=f"SN{drawing.number(10**6, 10**7)}",
    )


def _phone(drawing: _Drawing, *, english: bool) -> str:
    if english:
        return f"({drawing.number(201, 990)}) 555-01{drawing.number(0, 100):02}"
    return f"1{drawing.number(3, 10)}{drawing.number(0, 10)}0000{drawing.number(1000, 10000)}"


def _address(drawing: _Drawing, *, english: bool) -> str:
    house = drawing.number(11, 990)
    if english:
        return f"{house} {drawing.one('streets')}, {drawing.one('towns')}"
    return f"{drawing.one('towns')}{drawing.one('streets')}{house}号"


def _national_id(drawing: _Drawing, birth: date, *, english: bool) -> str:
    """A number of no register: the American one begins with 9 and 00, the Chinese one has a region that is none."""
    if english:
        return f"900-{drawing.number(10, 100)}-{drawing.number(1000, 10000)}"
    digits = f"990000{birth:%Y%m%d}{drawing.number(100, 1000)}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]
