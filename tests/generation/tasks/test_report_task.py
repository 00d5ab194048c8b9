"""The report: six parts of seven fields; the labels of the treatment and the disclaimer are ours."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from task_samples import FACT, SETTINGS, WRONG, draft_of, item_of, revise, revised

from generation.checks.attributes import named_in
from generation.errors import OutputUnreadable
from generation.findings import render
from generation.items import Fact, Kind, PlannedItem, Target
from generation.samples import Report, Stands
from generation.sources import Language
from generation.tasks import GenerationSettings, small_model_profile
from generation.tasks.report import FIXED, LENGTHS, DiagnosticReport

TASK = DiagnosticReport()
PARTS = {
    "imaging_findings": FACT,
    "diagnosis": "Disc protrusion at C6/C7, which fits the numb middle finger.",
    "treatment_patient": "Physiotherapy often lets a disc like yours settle by itself.",
    "treatment_physician": "If the numbness stays after physiotherapy, refer; if the arm weakens, refer at once.",
    "risk_prognosis": "Most patients recover, but the numbness may stay.",
    "postoperative": "No operation was done; after one, check the wound and the arm.",
    "basis": "The MRI and the numb middle finger.",
}


@pytest.fixture
def item() -> PlannedItem:
    return item_of(Kind.REPORT)


def drafted(**changes: object) -> str:
    whole: dict[str, Any] = {"level": "C6/C7", "citations": ["p1s2", "p1s1"], **PARTS}
    return orjson.dumps(whole | changes).decode()


def revision_of(**changes: object) -> str:
    whole = orjson.loads(revised(kind=Kind.REPORT))
    kept = {name: value for name, value in whole.items() if name not in ("question", "rationale")}
    return orjson.dumps({**PARTS, **kept, **changes}).decode()


def report_of(item: PlannedItem, raw: str) -> Report:
    report = TASK.parse(item, raw).report
    assert report is not None
    return report


def test_the_model_writes_seven_bounded_fields(item: PlannedItem) -> None:
    schema = TASK.draft_request(item, SETTINGS).answer_schema
    assert list(schema["properties"]) == ["level", "citations", *LENGTHS]
    assert list(LENGTHS) == list(PARTS)
    Draft202012Validator(schema).validate(orjson.loads(drafted()))
    for name, (least, most) in LENGTHS.items():
        assert schema["properties"][name] == {"type": "string", "minLength": least, "maxLength": most}
    wide = TASK.draft_request(item, GenerationSettings(text_scale=4)).answer_schema["properties"]
    assert wide["diagnosis"]["maxLength"] == 4 * LENGTHS["diagnosis"][1]
    assert wide["diagnosis"]["minLength"] == LENGTHS["diagnosis"][0]


@pytest.mark.parametrize("language", list(Language))
def test_a_report_is_small_enough_for_the_small_model(language: Language) -> None:
    request = TASK.draft_request(item_of(Kind.REPORT, language), small_model_profile())
    assert request.max_tokens < 1200


@pytest.mark.parametrize("language", list(Language))
def test_fields_become_six_parts_with_labels_and_disclaimer(language: Language) -> None:
    item, fixed = item_of(Kind.REPORT, language), FIXED[language]
    report = report_of(item, drafted(diagnosis='  A "q" é. '))
    assert report.diagnosis == '  A "q" é. '
    assert report.imaging_findings == PARTS["imaging_findings"]
    patient, physician = report.treatment.split("\n")
    assert patient == fixed.patient + PARTS["treatment_patient"]
    assert physician == fixed.physician + PARTS["treatment_physician"]
    assert report.basis_disclaimer.startswith(PARTS["basis"])
    assert report.basis_disclaimer.endswith(fixed.disclaimer)
    texts = TASK.parse(item, drafted()).texts()
    assert list(texts) == [f"report.{part}" for part in Report.model_fields]


@pytest.mark.parametrize("language", list(Language))
def test_the_fixed_words_say_nothing_about_a_patient(language: Language) -> None:
    fixed = FIXED[language]
    for text in fixed:
        named = named_in(text)
        assert not any((named.levels, named.sides, named.findings, named.grades))
        assert not any(character.isdigit() for character in text)
    assert fixed.disclaimer.endswith((".", "。"))
    assert ("替代" if language is Language.ZH else "not replace") in fixed.disclaimer


@pytest.mark.parametrize("name", list(PARTS))
def test_a_missing_part_is_named(item: PlannedItem, name: str) -> None:
    whole = orjson.loads(drafted())
    del whole[name]
    with pytest.raises(OutputUnreadable, match=f"{item.id}.*'{name}'"):
        TASK.parse(item, orjson.dumps(whole).decode())
    with pytest.raises(OutputUnreadable, match=f"'{name}'"):
        TASK.parse(item, drafted(**{name: None}))


@pytest.mark.parametrize("language", list(Language))
def test_the_model_is_shown_every_fact_in_the_items_language(language: Language) -> None:
    item = item_of(Kind.REPORT, language)
    other = Fact(target=Target(finding="disc_bulge", level="C5/C6"), support=("p1s3",))
    shown = TASK.draft_request(item.model_copy(update={"facts": (*item.facts, other)}), SETTINGS).turns[-1].text
    assert f"[p1s3] {render(other.target, language)}" in shown
    assert shown.endswith(f"[p1s2] {render(item.target, language)}")


def test_a_good_report_is_queued(item: PlannedItem) -> None:
    draft = draft_of(item, drafted())
    assert draft.reasons == ()
    revision = revise(item, draft, revision_of(treatment_patient="Exercises often let a disc like yours settle."))
    assert (revision.reasons, revision.stands) == ((), Stands.REVISION)
    assert revision.changed == ("report.treatment", "citations")
    assert revision.provenance.prompt.startswith("report_revise.en@")
    assert (revision.provenance.criteria or "").startswith("report@")
    assert all(verdict.passed for verdict in revision.verdicts)
    shown = TASK.revise_request(item, draft, SETTINGS).turns[-1].text
    assert PARTS["risk_prognosis"] in shown


@pytest.mark.parametrize("language", list(Language))
def test_the_reviser_is_not_shown_what_is_ours(language: Language) -> None:
    item = item_of(Kind.REPORT, language)
    shown = TASK.revise_request(item, draft_of(item, drafted()), SETTINGS).turns
    fixed = FIXED[language]
    for words in (fixed.patient, fixed.physician, fixed.disclaimer):
        assert not any(words.strip() in turn.text for turn in shown)
    assert all(text in shown[-1].text for text in PARTS.values())


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"risk_prognosis": PARTS["diagnosis"]}, "six-parts"),
        ({"imaging_findings": WRONG}, "side-grounded"),
        ({"diagnosis": "Disc protrusion at C5/C6, which fits the numb finger."}, "level-grounded"),
        ({"diagnosis": "Disc protrusion at C6/C7 and a haemangioma of the bone."}, "supported"),
        ({"imaging_findings": "The pictures were good and nothing is told of them."}, "on-target"),
        ({"citations": ["p1s3"]}, "cited"),
    ],
)
def test_each_criterion_has_its_fault(item: PlannedItem, changes: dict[str, object], failed: str) -> None:
    draft = draft_of(item, drafted(**changes))
    revision = revise(item, draft, revision_of(**changes))
    assert revision.reasons
    assert failed in [verdict.criterion for verdict in revision.verdicts if not verdict.passed]
