"""What a model is asked and what it is to answer."""

from __future__ import annotations

import pytest

from generation.dialogue import Choice, Party, choice_prompt, dialogue_of
from generation.ids import source_version
from generation.items import Kind
from generation.samples import Report, Speaker
from generation.sources import Language
from tests.spinestream.cli.items import planned_item

OPTIONS = (Choice("A", "disc extrusion at L3/L4"), Choice("B", "disc extrusion at L4/L5"))
ITEM = planned_item("guide", source_version(b"a dialogue"), 0)
PASSAGE = " ".join(sentence.text for sentence in ITEM.evidence)


def test_a_question_is_shown_with_its_passage_and_all_options() -> None:
    asked = choice_prompt("It was seen.", "Which finding?", OPTIONS, Language.EN)
    assert asked.startswith("It was seen.\n\nQuestion: Which finding?\nA. disc extrusion at L3/L4\nB. ")
    blind = choice_prompt("", "Which finding?", OPTIONS, Language.EN)
    assert asked.endswith(blind)
    assert "问题" in choice_prompt("", "哪个节段？", OPTIONS, Language.ZH)


def test_a_multiple_choice_sample_answers_with_the_words_of_its_right_option() -> None:
    human, model = dialogue_of(ITEM, {"question": "Which finding?", "rationale": "p1s1 says so."})
    assert (human.party, model.party) == (Party.HUMAN, Party.MODEL)
    right = next(option.text for option in ITEM.options if option.id == ITEM.answer)
    assert model.text == f"{right}\np1s1 says so."
    assert PASSAGE in human.text
    assert all(f"{option.id}. {option.text}" in human.text for option in ITEM.options)


def test_a_consultation_keeps_its_turns_and_the_doctor_is_who_answers() -> None:
    item = ITEM.model_copy(update={"kind": Kind.CONSULTATION, "options": ()})
    places = {"turns.0": "My back hurts.", "turns.1": "Since when?"}
    told = dialogue_of(item, places, (Speaker.PATIENT, Speaker.DOCTOR))
    assert [one.party for one in told] == [Party.SYSTEM, Party.HUMAN, Party.MODEL]
    assert [one.text for one in told] == [PASSAGE, "My back hurts.", "Since when?"]


def test_a_report_is_all_its_parts_under_their_headings() -> None:
    item = ITEM.model_copy(update={"kind": Kind.REPORT, "options": ()})
    _, model = dialogue_of(item, {f"report.{name}": f"of {name}" for name in Report.model_fields})
    assert model.text.startswith("Imaging findings\nof imaging_findings\n\nDiagnosis\nof diagnosis")
    assert model.text.count("\n\n") == len(Report.model_fields) - 1


def test_a_text_that_lacks_is_an_error_and_not_an_empty_answer() -> None:
    with pytest.raises(KeyError):
        dialogue_of(ITEM, {"question": "Which finding?"})
