"""What a reader of the report finds is what the truth says, whatever template wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from generation.findings import find_statements, states
from generation.levels import find_levels
from generation.phantom import PhantomStudy, StudyKind, TrueFinding, Truth
from generation.phantom.draw import draw_truth
from generation.phantom.identity import draw_identity
from generation.phantom.report import Template, sentence, templates, write_report
from generation.planning.statements import find_places
from generation.sources import Language
from streams.intake.documents import read_document

_SIDES = ("left", "right", "central")
_DISCS = ("C5/C6", "L2/L3", "L4/L5", "L5/S1", "L5/L6")
_GRADES = {
    "spondylolisthesis": ("meyerding:I", "meyerding:II", "meyerding:III"),
    "retrolisthesis": ("meyerding:I",),
    "disc_height_loss": ("severity:mild", "severity:moderate", "severity:severe"),
    "central_canal_stenosis": ("severity:mild", "severity:moderate", "severity:severe"),
    "compression_fracture": ("genant:1", "genant:2", "genant:3"),
}


def _every_finding() -> Iterator[TrueFinding]:
    for level in _DISCS:
        for finding in ("disc_protrusion", "disc_extrusion"):
            for side in _SIDES:
                yield TrueFinding(finding=finding, level=level, side=side, measures={"depth_mm": 4.2})
        yield TrueFinding(finding="disc_bulge", level=level, measures={"depth_mm": 2.5})
    for finding, grades in _GRADES.items():
        for level in ("C5", "T12", "L3") if finding == "compression_fracture" else _DISCS:
            for grade in grades:
                yield TrueFinding(finding=finding, level=level, grade=grade, measures={"loss_percent": 33.0})


def _said(text: str) -> set[tuple[str, str, str | None, str | None]]:
    document = read_document(text.encode(), "text/plain")
    return {
        (said.finding, said.levels[0], said.side, said.grade)
        for passage in document.passages
        for one in passage.sentences
        for said in find_statements(one.plain)
        if said.certain
    }


def _true(truth: Truth) -> set[tuple[str, str, str | None, str | None]]:
    return {(one.finding, one.level, one.side, one.grade) for one in truth.findings if one.target}


def _of_no_vocabulary(text: str) -> set[tuple[str, str, str | None]]:
    """Scoliosis and transitional vertebrae, which the finding reader has no words for: kind, level, degrees."""
    found: set[tuple[str, str, str | None]] = set()
    for line in re.split(r"(?<=[.。])\s*|\n", text):
        levels = [level for mention in find_levels(line) for level in mention.levels]
        if re.search("scoliosis|侧弯", line, re.I):
            apex = re.search(r"(?:apex(?: at)?|顶椎为?)\s*(\S+?)[,.，。；) ]", line) or re.search(
                r"apex at (\S+)", line
            )
            degrees = re.search(r"(\d+)(?:°| degrees)", line)
            assert apex, line
            assert degrees, line
            found.add(("scoliosis", find_levels(apex[1])[0].levels[0], degrees[1]))
        elif re.search("transitional|移行", line, re.I):
            found.add(("transitional_vertebra", levels[-1], None))
    return found


def _degrees(one: TrueFinding) -> str | None:
    return (one.grade or "").removeprefix("cobb:") if one.finding == "scoliosis" else None


def test_there_are_six_templates_in_each_language() -> None:
    for language in Language:
        mine = [template for template in templates() if template.language is language]
        assert len(mine) >= 6
        assert len({template.text for template in mine}) == len(mine)
        assert len({template.say["disc_extrusion"] for template in mine}) >= 5


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_each_finding_is_stated_by_its_sentence(template: Template) -> None:
    for finding in _every_finding():
        assert finding.target is not None
        said = sentence(finding, template)
        assert states(finding.target, said), said


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_a_report_says_what_is_true_and_nothing_else(template: Template) -> None:
    for seed in range(8):
        for kind in StudyKind:
            truth = draw_truth(np.random.default_rng(seed), kind, template.language)
            report = write_report(truth, draw_identity(np.random.default_rng(seed), template.language), template)
            assert _said(report.text) == _true(truth), report.text
            other = {(one.finding, one.level, _degrees(one)) for one in truth.findings if not one.target}
            assert _of_no_vocabulary(report.text) == other, report.text


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_a_plan_finds_every_finding_of_a_report(template: Template) -> None:
    for seed in range(5):
        truth = draw_truth(np.random.default_rng(seed), StudyKind.LUMBAR_MR, template.language)
        report = write_report(truth, draw_identity(np.random.default_rng(seed), template.language), template)
        places = find_places(read_document(report.text.encode(), "text/plain"), template.language)
        assert {place.target for place in places} == {one.target for one in truth.findings if one.target}, report.text


def test_a_study_has_the_report_of_its_truth(studies: tuple[PhantomStudy, ...]) -> None:
    for study in studies:
        assert _said(study.report) == _true(study.truth)


def test_a_report_does_not_say_that_it_is_a_phantoms(studies: tuple[PhantomStudy, ...]) -> None:
    for study in studies:
        assert not re.search("phantom|synthetic|体模|仿真", study.report, re.IGNORECASE)
