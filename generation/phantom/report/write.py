"""A report written from the truth of a study and the identity it is said to have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from generation.findings import render
from generation.phantom.identity import Identity
from generation.phantom.report.template import Conclusion, LevelForm, Template, words_of
from generation.phantom.truth import TrueFinding, Truth
from generation.sources import Language

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_CHINESE = {"C": "颈", "T": "胸", "L": "腰", "S": "骶"}
_SLIPS = ("spondylolisthesis", "retrolisthesis")
_CANAL = "central_canal_stenosis"


class Report(NamedTuple):
    """A report and what of it names someone."""

    text: str
    planted: tuple[str, ...]
    """Every name, number, place and date that identifies, in the form in which the report has it."""


def written_level(level: str, form: LevelForm) -> str:
    """Return a level as a template writes it.

    >>> written_level("L4/L5", LevelForm.SHORT_DASH), written_level("L5/S1", LevelForm.CHINESE)
    ('L4-5', '腰5/骶1')
    """
    upper, _, lower = level.partition("/")
    short = form not in (LevelForm.FULL_SLASH, LevelForm.FULL_DASH)
    if short and lower and lower[0] == upper[0]:
        lower = lower[1:]
    link = "-" if form in (LevelForm.FULL_DASH, LevelForm.SHORT_DASH) else "/"
    text = f"{upper}{link}{lower}" if lower else upper
    if form is LevelForm.CHINESE:
        for letter, character in _CHINESE.items():
            text = text.replace(letter, character)
    return text


def written_date(day: date, form: str) -> str:
    """Return a date as a template writes it; English names of months whatever the locale."""
    month = _MONTHS[day.month - 1]
    return form.format(y=day.year, m=day.month, d=day.day, month=month, mon=month[:3])


def sentence(finding: TrueFinding, template: Template) -> str:
    """Return the sentence by which a template states a finding."""
    words = words_of(template.language)
    grade = (finding.grade or ":").partition(":")[2]
    grade, side = words.grades.get(grade, grade), words.sides.get(finding.side or "", "")
    upper, lower = finding.ends or ("", "")
    key = finding.finding
    if key == "transitional_vertebra":
        key = "sixth" if finding.level == "L6" else "fused"
    return template.say[key].format(
        level=written_level(finding.level, template.levels),
        upper=written_level(upper, template.levels),
        lower=written_level(lower, template.levels),
        grade=grade,
        Grade=grade.capitalize(),
        side=side,
        Side=side.capitalize(),
        size=_size(finding, template.language),
    )


def _size(finding: TrueFinding, language: Language) -> str:
    """The first size of a finding with its unit."""
    for name, value in finding.measures.items():
        unit = name.rpartition("_")[2]
        if unit == "mm":
            return f"{value:.1f} mm"
        if unit == "percent":
            return f"{value:.0f}%"
        return f"{value:.0f}°" if language is Language.ZH else f"{value:.0f} degrees"
    return ""


def _conclusion(truth: Truth, template: Template) -> Iterator[str]:
    """The names of the findings, one a line; what the vocabulary has no name for is said again."""
    end = "。" if template.language is Language.ZH else "."
    for finding in truth.findings:
        target = finding.target
        yield f"{render(target, template.language)}{end}" if target else sentence(finding, template)


def normal_sentences(truth: Truth, template: Template) -> tuple[str, ...]:
    """Return what a template says is not there, of the kinds that the study could show."""
    there = {finding.finding for finding in truth.findings}
    return tuple(
        text
        for name, text in template.normal.items()
        if name not in there
        and not (name in _SLIPS and there & set(_SLIPS))
        and not (name == _CANAL and not truth.kind.shows_canal)
    )


def findings_part(truth: Truth, template: Template) -> str:
    """Return the findings of a report as its template sets them: what is there, then what is not.

    It is made of the truth alone, so it names nobody; the conclusion is not part of it.
    """
    return f"{_items(truth, template)}{_absent(truth, template)}".strip()


def _items(truth: Truth, template: Template) -> str:
    said = (sentence(finding, template) for finding in truth.findings)
    return "".join(template.items.format(text=text, number=number) for number, text in enumerate(said, start=1))


def _absent(truth: Truth, template: Template) -> str:
    return ("" if template.language is Language.ZH else " ").join(normal_sentences(truth, template))


def write_report(truth: Truth, who: Identity, template: Template) -> Report:
    """Write the report of a study by a template."""
    words = words_of(template.language)
    named = _named(who, template)
    text = template.text.format(
        **named,
        sex=words.sexes[who.sex],
        age=who.age,
        exam=words.exams[truth.kind.value],
        technique=words.techniques[truth.kind.value],
        findings=_items(truth, template),
        normal=_absent(truth, template),
        conclusion="" if template.conclusion is Conclusion.NONE else _lines(_conclusion(truth, template)),
    )
    return Report(text, tuple(value for name, value in named.items() if f"{{{name}}}" in template.text))


def _named(who: Identity, template: Template) -> dict[str, str]:
    """What identifies, by the names that templates have for it."""
    people = ("patient", "referring", "performing", "reading", "mother")
    plain = ("patient_id", "national_id", "accession", "phone", "address", "institution", "department")
    return {
        **{name: written_date(getattr(who, name), template.dates) for name in ("birth", "study", "prior")},
        **{name: getattr(who, name).written for name in people},
        **{name: getattr(who, name) for name in plain},
    }


def _lines(items: Iterator[str]) -> str:
    return "".join(f"{item}\n" for item in items)
