"""Open questions, consultations, reports: every planted bad one is held for its reason, every good one passes."""

from __future__ import annotations

from collections import Counter

import pytest
from planted_kinds import KINDS, Planted, planted_bad, planted_good

from generation.checks import checks, run_checks
from generation.items import Kind
from generation.samples import Report, Said, Speaker, Writing
from generation.sources import Language
from generation.tasks.report import FIXED

BAD = [planted for kind in KINDS for planted in planted_bad(kind)]
GOOD = [planted for kind in KINDS for planted in planted_good(kind)]


def _name(planted: Planted) -> str:
    return f"{planted.item.kind}-{planted.item.language}-{planted.expect or 'good'}"


@pytest.mark.parametrize("planted", BAD, ids=_name)
def test_a_bad_one_is_held_for_what_is_wrong_with_it(planted: Planted) -> None:
    assert planted.expect in run_checks(planted.item, planted.writing, planted.finish)


@pytest.mark.parametrize("planted", GOOD, ids=_name)
def test_a_good_one_passes(planted: Planted) -> None:
    assert run_checks(planted.item, planted.writing, planted.finish) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_enough_of_them_in_both_languages(kind: Kind) -> None:
    bad = Counter(p.item.language for p in BAD if p.item.kind is kind)
    good = Counter(p.item.language for p in GOOD if p.item.kind is kind)
    assert min(bad[Language.EN], bad[Language.ZH]) >= 15
    assert sum(good.values()) >= 8
    assert min(good[Language.EN], good[Language.ZH]) >= 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_reason_of_a_kind_is_planted(kind: Kind) -> None:
    codes = {code for registered in checks(kind) for code in registered.codes}
    spared = set() if kind is Kind.OPEN_QA else {"not-a-question", "yes-or-no"}
    spared |= {"copied"} if kind is not Kind.CONSULTATION else set()
    assert codes - spared == {p.expect for p in BAD if p.item.kind is kind}


def test_a_faulty_one_has_few_reasons() -> None:
    """A fault is called by its name, not by everything: 4 in 5 have two reasons at most."""
    reasons = [len(run_checks(p.item, p.writing, p.finish)) for p in BAD]
    assert sum(number <= 2 for number in reasons) >= 0.8 * len(reasons)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_written_is_held(kind: Kind) -> None:
    item = next(p.item for p in GOOD if p.item.kind is kind)
    nothing = Writing(level=item.target.level, question="", rationale="", citations=item.support)
    assert {"empty", "off-target"} <= set(run_checks(item, nothing, "stop"))


BASIS = {Language.EN: "The MRI and the complaint agree.", Language.ZH: "依据影像所见和主诉。"}


@pytest.mark.parametrize("language", list(Language))
def test_the_fixed_words_of_a_report_trip_nothing(language: Language) -> None:
    planted = next(p for p in GOOD if p.item.kind is Kind.REPORT and p.item.language is language)
    fixed, report = FIXED[language], planted.writing.report
    assert report is not None
    patient, physician = map(_unlabelled, report.treatment.splitlines())
    parts = {
        "treatment": f"{fixed.patient}{patient}\n{fixed.physician}{physician}",
        "basis_disclaimer": f"{BASIS[language]}{fixed.gap}{fixed.disclaimer}",
    }
    assert _reasons(planted, report.model_copy(update=parts)) == ()
    only = {"basis_disclaimer": f"{fixed.gap}{fixed.disclaimer}"}
    assert _reasons(planted, report.model_copy(update=only)) == ("part-missing",)
    again = {"basis_disclaimer": f"{report.diagnosis}{fixed.gap}{fixed.disclaimer}"}
    assert _reasons(planted, report.model_copy(update=again)) == ("part-repeated",)


def _reasons(planted: Planted, report: Report) -> tuple[str, ...]:
    return run_checks(planted.item, planted.writing.model_copy(update={"report": report}), "stop")


def _unlabelled(line: str) -> str:
    return line.replace("：", ":").partition(":")[2].strip()


def test_labels_alone_are_no_treatment() -> None:
    planted = next(p for p in GOOD if p.item.kind is Kind.REPORT and p.item.language is Language.EN)
    report = planted.writing.report
    assert isinstance(report, Report)
    fixed = FIXED[Language.EN]
    bare = report.model_copy(update={"treatment": f"{fixed.patient}\n{fixed.physician}"})
    assert "part-missing" in _reasons(planted, bare)


def _consultation() -> Planted:
    return next(p for p in GOOD if p.item.kind is Kind.CONSULTATION and p.item.language is Language.EN)


def _last(text: str) -> tuple[str, ...]:
    planted = _consultation()
    turns = (*planted.writing.turns[:-1], Said(role=Speaker.DOCTOR, text=text))
    return run_checks(planted.item, planted.writing.model_copy(update={"turns": turns}), "stop")


@pytest.mark.parametrize(
    "plan",
    [
        "Let us do another MRI in the spring.",
        "I will refer you to a spine surgeon.",
        "Please wear a collar and see me again at the clinic.",
        "We should operate soon, because the weakness is getting worse.",
        "Keep taking the tablets; I'll check your reflexes at the next visit.",
        "You could try an injection, but watchful waiting is fine too.",
        "I advise microdiscectomy at L5/S1 if the leg gets weaker.",
    ],
)
def test_a_plan_is_a_next_step(plan: str) -> None:
    assert _last(plan) == ()


@pytest.mark.parametrize(
    "no_plan",
    [
        "That is what the MRI showed.",
        "Good luck, and have a nice day.",
        "Do you want an operation?",
        "You are welcome.",
        "Nerves are long, and yours is a busy one.",
    ],
)
def test_a_kind_word_is_none(no_plan: str) -> None:
    assert _last(no_plan) == ("no-plan",)


def test_a_single_turn_may_be_short() -> None:
    planted = _consultation()
    turns = (
        Said(role=Speaker.PATIENT, text="Is it my back?"),
        Said(role=Speaker.DOCTOR, text="Yes."),
        Said(role=Speaker.PATIENT, text="Bad?"),
        Said(role=Speaker.DOCTOR, text="No, no. A right disc protrusion at L5/S1."),
        Said(role=Speaker.PATIENT, text="Yes."),
        Said(role=Speaker.DOCTOR, text="Rest first, then physiotherapy."),
    )
    assert run_checks(planted.item, planted.writing.model_copy(update={"turns": turns}), "stop") == ()


def test_a_patient_may_ask_about_sides_and_a_doctor_may_too() -> None:
    planted = _consultation()
    turns = list(planted.writing.turns)
    turns[1] = Said(role=Speaker.DOCTOR, text="Thank you. Is it worse on the left?")
    turns[2] = Said(role=Speaker.PATIENT, text="No. That is right, severe pain came with it. What did the scan show?")
    assert run_checks(planted.item, planted.writing.model_copy(update={"turns": tuple(turns)}), "stop") == ()


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        ("Such pain may come from spondylolisthesis, but yours does not.", ()),
        ("If you have a fracture one day, a brace can help.", ()),
        ("There is no sign of discitis.", ()),
        ("We will look for a metastasis if the pain comes at night.", ()),
        ("You have discitis, so we will start antibiotics.", ("unsupported-finding",)),
        ("The scan shows a synovial cyst and we should watch it.", ("unsupported-finding",)),
    ],
)
def test_a_doctor_may_speak_of_what_could_be_and_not_of_what_is_not(told: str, reasons: tuple[str, ...]) -> None:
    planted = _consultation()
    turns = list(planted.writing.turns)
    turns[3] = Said(role=Speaker.DOCTOR, text=f"{turns[3].text} {told}")
    assert run_checks(planted.item, planted.writing.model_copy(update={"turns": tuple(turns)}), "stop") == reasons
