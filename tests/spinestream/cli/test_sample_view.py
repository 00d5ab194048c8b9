"""A sample for people: every kind, and what the revision changed of the draft."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from spinestream.cli.sample_view import changed_words, print_sample


def _record(**more: Any) -> dict[str, Any]:
    return {
        "id": "0123456789ab", "kind": "report", "state": "held", "source": {"title": "A guide", "licence": None},
        "evidence": [{"id": "p1s1", "text": "An extrusion at L4/L5.", "page": 3}], "citations": ["p1s1"],
        "question": None, "options": [], "answer": None, "rationale": None, "turns": [], "report": None,
        "levels": ["L4/L5"], "reasons": [], "draft": None, "revision": None,
    } | more  # fmt: skip


def _shown(record: dict[str, Any], width: int = 160) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_sample(record, console)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_consultation_is_shown_turn_by_turn() -> None:
    turns = [{"role": "patient", "text": "My leg [hurts]."}, {"role": "doctor", "text": "I see."}]
    told = _shown(_record(kind="consultation", turns=turns))
    for words in ("consultation 01234567 · held", "turns.0 patient", "My leg [hurts].", "turns.1 doctor", "I see."):
        assert words in told


def test_a_report_is_shown_part_by_part_with_what_the_draft_said() -> None:
    report = {"diagnosis": "A left extrusion.", "treatment": "Rest."}
    draft = {"parsed": {"report": {"diagnosis": "An extrusion.", "treatment": "Rest.", "risk_prognosis": "Good."}}}
    told = _shown(_record(report=report, draft=draft, reasons=["part-missing"]))
    for words in (
        "report.diagnosis", "A left extrusion.", "draft: An extrusion.", "held: part-missing",
        "report.risk_prognosis of the draft is gone: Good.",
    ):  # fmt: skip
        assert words in told
    assert told.count("Rest.") == 1, "what both say is said once"


def test_an_open_question_is_shown_with_its_answer_and_an_unreadable_sample_says_so() -> None:
    told = _shown(_record(kind="open_qa", question="What is seen?", rationale="It is stated.", answer="An extrusion."))
    assert told.index("question") < told.index("What is seen?") < told.index("answer") < told.index("An extrusion.")
    assert "(no readable text)" in _shown(_record())


def test_the_letter_of_a_multiple_choice_answer_is_no_text() -> None:
    options = [{"id": "A", "text": "L4/L5", "role": "answer"}, {"id": "B", "text": "L3/L4", "role": "adjacent_level"}]
    told = _shown(_record(kind="mcq", question="Which?", rationale="So.", options=options, answer="A"))
    assert "✓ A. L4/L5" in told
    assert "\n│ answer" not in told


def test_words_that_changed_stand_out_and_nothing_is_lost() -> None:
    old, new = changed_words("An extrusion at L4/L5.", "A left extrusion at L4/L5.")
    assert old == "[red strike]An[/red strike] extrusion at L4/L5."
    assert new == "[bold green]A left[/bold green] extrusion at L4/L5."
    old, new = changed_words("腰4/5椎间盘突出", "腰4/5椎间盘脱出")
    assert (old, new) == ("腰4/5椎间盘[red strike]突[/red strike]出", "腰4/5椎间盘[bold green]脱[/bold green]出")
