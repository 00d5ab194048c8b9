"""Templates of the bench and of training are apart, and asking for some of them alters nothing else."""

from __future__ import annotations

import hashlib

import pytest

from generation.phantom import Templates, make_report, make_reports, make_studies
from generation.phantom.report import BENCH, templates
from generation.sources import Language


def test_the_two_parts_are_apart_and_together_everything() -> None:
    train = {one.id for one in Templates.TRAIN.chosen}
    bench = {one.id for one in Templates.BENCH.chosen}
    assert bench == BENCH
    assert not train & bench
    assert train | bench == {one.id for one in templates()} == {one.id for one in Templates.ALL.chosen}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("choice", Templates)
def test_each_part_has_two_templates_of_each_language_or_more(choice: Templates, language: Language) -> None:
    assert sum(one.language is language for one in choice.chosen) >= 2


def test_reports_come_from_the_part_that_is_asked_for() -> None:
    for choice in (Templates.TRAIN, Templates.BENCH):
        ids = {one.id for one in choice.chosen}
        assert {one.template.id for one in make_reports(40, 7, tuple(Language), choice)} <= ids


def test_truth_and_identity_do_not_depend_on_the_part() -> None:
    train, bench = (make_report(5, templates=choice) for choice in (Templates.TRAIN, Templates.BENCH))
    assert (train.truth, train.who) == (bench.truth, bench.who)
    assert train.text != bench.text


def test_a_report_is_that_of_the_study() -> None:
    [(_, study)] = make_studies(1, 3, (Language.ZH,))
    [report] = make_reports(1, 3, (Language.ZH,))
    assert (report.text, report.template.id, report.truth) == (study.report, study.template, study.truth)
    assert {*report.planted} <= {*study.phi}


def test_the_findings_part_stands_in_the_report() -> None:
    for report in make_reports(30, 1, tuple(Language)):
        assert all(line.strip() in report.text for line in report.findings.splitlines())


def test_reports_of_a_seed_stay_what_they_were() -> None:
    """The default is every template, and a seed keeps the report that it gave before there was a choice."""
    texts = "\0".join(report.text for report in make_reports(12, 1, tuple(Language)))
    assert (
        hashlib.sha256(texts.encode()).hexdigest() == "057571480ace044055ac8c3da46be93f7738e86c6a3babab20672d3aef1ee06d"
    )
