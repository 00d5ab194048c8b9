"""Plans of every kind: open questions, consultations and reports, and what a reading of the source does to them."""

from __future__ import annotations

import pytest

from generation.findings import render, states, vocabulary
from generation.items import Axis, Kind, PlannedItem, Role
from generation.planning import PlanSettings, make_plan
from generation.planning.kinds import KINDS
from generation.provenance import Provenance
from generation.readings import Reading
from generation.sources import Language
from tests.generation.planning.documents import Given, document, source

FILLER = "He rested for a week."
EXTRUSION = "A left disc extrusion at L4/L5 was seen."
STENOSIS = "Severe central canal stenosis was found at L2/L3."
BULGE = "A disc bulge at L3/L4 was noted."
CYST = "A right synovial cyst at L5/S1 was noted."
PROVENANCE = Provenance(
    **dict.fromkeys(("model", "model_digest", "engine", "prompt", "request", "host"), "x"),
    **dict.fromkeys(("seed", "candidates", "chosen", "prompt_tokens", "output_tokens"), 1),
    seconds=1.0,
)
ONE, TWO = ("Cases", "One"), ("Cases", "Two")


def plan(*passages: Given, kind: Kind, settings: PlanSettings | None = None) -> tuple[PlannedItem, ...]:
    return make_plan(source(), document(*passages), kind, settings=settings).items


def findings(item: PlannedItem) -> list[str]:
    return [fact.target.finding for fact in item.facts]


def test_every_kind_is_planned() -> None:
    assert set(KINDS) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", Language)
def test_every_kind_is_planned_alike_every_time_in_both_languages(kind: Kind, language: Language) -> None:
    made = document((ONE, [EXTRUSION, FILLER, STENOSIS]))
    one, two = (make_plan(source(), made, kind, language) for _ in range(2))
    assert one.items
    assert one.model_dump_json() == two.model_dump_json()
    for slot, item in enumerate(one.items):
        assert (item.slot, item.kind, item.language, item.plan) == (slot, kind, language, one.id)
        assert item.support
        assert all(states(item.target, e.text) for e in item.evidence if e.id in item.support)


def test_an_open_question_is_asked_of_every_statement_without_options() -> None:
    items = plan((ONE, [EXTRUSION, FILLER]), (TWO, [STENOSIS, EXTRUSION]), kind=Kind.OPEN_QA)
    assert [(item.options, item.facts) for item in items] == [((), ())] * 2
    assert [item.answer for item in items] == [
        "Left-sided disc extrusion at L4/L5",
        "Severe central canal stenosis at L2/L3",
    ]


def test_an_open_question_needs_no_distractors() -> None:
    crowded = "Bulges, protrusions and extrusions on the left and right at L3/L4, L4/L5 and L5/S1."
    passage = (ONE, ["A left disc extrusion at L5/S1 was seen.", crowded])
    assert plan(passage, kind=Kind.MCQ) == ()
    assert len(plan(passage, kind=Kind.OPEN_QA)) == 1


def test_variants_of_an_open_question_show_other_sentences() -> None:
    passage = (ONE, [FILLER, FILLER, EXTRUSION, *[FILLER] * 6])
    items = plan(passage, kind=Kind.OPEN_QA, settings=PlanSettings(variants=8))
    assert len(items) > 3
    assert len({tuple(e.id for e in item.evidence) for item in items}) == len(items)
    assert items[:1] == plan(passage, kind=Kind.OPEN_QA)


def test_a_consultation_tells_everything_its_passage_states() -> None:
    (item,) = plan((ONE, [FILLER, STENOSIS, EXTRUSION, FILLER, EXTRUSION]), kind=Kind.CONSULTATION)
    assert findings(item) == ["central_canal_stenosis", "disc_extrusion"]
    assert [fact.support for fact in item.facts] == [("p1s2",), ("p1s3", "p1s5")]
    assert (item.target, item.support) == (item.facts[0].target, item.facts[0].support)
    assert (item.options, item.answer) == ((), render(item.target, Language.EN))
    assert (item.heading_path, item.axis) == (ONE, Axis.PATHOLOGY)


def test_a_section_gives_one_item_and_a_section_without_facts_none() -> None:
    passages = ((ONE, [EXTRUSION, STENOSIS]), (ONE, [BULGE, CYST]), (TWO, [BULGE]), (("Cases", "Three"), [FILLER]))
    consultations = plan(*passages, kind=Kind.CONSULTATION)
    assert [(item.heading_path, findings(item)) for item in consultations] == [
        (ONE, ["disc_extrusion", "central_canal_stenosis"]),
        (TWO, ["disc_bulge"]),
    ]
    reports = plan(*passages, kind=Kind.REPORT)
    assert [item.heading_path for item in reports] == [ONE, TWO]


def test_the_passage_of_a_section_that_states_most_is_taken() -> None:
    (item,) = plan((ONE, [BULGE, FILLER]), (ONE, [EXTRUSION, STENOSIS]), kind=Kind.REPORT)
    assert [e.id for e in item.evidence] == ["p2s1", "p2s2"]


def test_passages_are_never_joined_since_the_next_may_be_of_another_patient() -> None:
    (item,) = plan((ONE, [BULGE, FILLER]), (ONE, [FILLER, EXTRUSION]), kind=Kind.REPORT)
    assert [e.id for e in item.evidence] == ["p1s1", "p1s2"]
    assert findings(item) == ["disc_bulge"]


def test_without_headings_every_passage_is_a_section() -> None:
    passages = (((), [EXTRUSION, STENOSIS]), ((), [BULGE]))
    assert [findings(item) for item in plan(*passages, kind=Kind.CONSULTATION)] == [
        ["disc_extrusion", "central_canal_stenosis"],
        ["disc_bulge"],
    ]
    assert len(plan(*passages, kind=Kind.REPORT)) == 2


def test_the_same_fact_twice_is_one_fact() -> None:
    (item,) = plan((ONE, [EXTRUSION, FILLER, EXTRUSION]), kind=Kind.REPORT)
    assert findings(item) == ["disc_extrusion"]
    assert item.facts[0].support == ("p1s1", "p1s3")


@pytest.mark.parametrize(("kind", "length"), [(Kind.CONSULTATION, 8), (Kind.REPORT, 12)])
def test_the_window_is_bounded_and_lies_where_most_is_stated(kind: Kind, length: int) -> None:
    sentences = [EXTRUSION, *[FILLER] * 14, STENOSIS, BULGE, *[FILLER] * 14]
    (item,) = plan((ONE, sentences), kind=kind)
    assert len(item.evidence) == length
    assert findings(item) == ["central_canal_stenosis", "disc_bulge"]
    shown = [e.text for e in item.evidence]
    assert 0 < shown[::-1].index(BULGE) < shown.index(STENOSIS), "more goes before the facts than follows"


def test_settings_bound_items_windows_and_facts() -> None:
    passages = tuple((("Cases", str(n)), [EXTRUSION, STENOSIS, BULGE]) for n in range(5))
    settings = PlanSettings(
        max_consultations=3, max_reports=2, consultation_window=2, report_window=2, max_facts=2, max_items=1
    )
    made = {kind: plan(*passages, kind=kind, settings=settings) for kind in Kind}
    assert {kind: len(items) for kind, items in made.items()} == {
        Kind.MCQ: 1,
        Kind.OPEN_QA: 1,
        Kind.CONSULTATION: 3,
        Kind.REPORT: 2,
    }
    for item in made[Kind.CONSULTATION] + made[Kind.REPORT]:
        assert len(item.evidence) == len(item.facts) == 2
    few = plan(passages[0], kind=Kind.REPORT, settings=PlanSettings(max_facts=2))
    assert len(few[0].facts) == 2


@pytest.mark.parametrize("kind", Kind)
def test_a_reading_is_set_on_every_item_and_changes_nothing_else(kind: Kind) -> None:
    made = document((ONE, [EXTRUSION, STENOSIS]))
    provenance = PROVENANCE
    reading = Reading(specialty="spine", condition="disc_herniation", vocabulary="1", provenance=provenance)
    plain = make_plan(source(), made, kind)
    read = make_plan(source(), made, kind, reading=reading)
    assert read.items
    bare = Reading(specialty="spine", condition="disc_herniation", vocabulary="1")
    assert [item.reading for item in read.items] == [bare] * len(plain.items)
    assert tuple(item.model_copy(update={"reading": None}) for item in read.items) == plain.items


OPERATION = "A left L4/L5 microdiscectomy was performed."


@pytest.mark.parametrize("language", Language)
def test_an_operation_is_asked_for_as_planning(language: Language) -> None:
    made = document((ONE, ["A tailor had leg pain.", OPERATION, "He went home the next day."]))
    for kind in (Kind.MCQ, Kind.OPEN_QA, Kind.CONSULTATION):
        (item,) = make_plan(source(), made, kind, language).items
        assert (item.axis, item.target.finding, item.target.side) == (
            Axis.SURGICAL_PLANNING,
            "microdiscectomy",
            "left",
        )


def test_the_wrong_options_of_an_operation_are_operations_levels_and_sides() -> None:
    made = document((ONE, [OPERATION]))
    roles = set()
    for number in range(12):
        (item,) = make_plan(source(bytes([number])), made).items
        for option in item.options:
            roles.add(option.role)
            assert option.claim is not None
            assert vocabulary().finding(option.claim.finding).is_procedure
            assert vocabulary().finding(option.claim.finding).fits(option.claim.level)
            assert (option.role is Role.OTHER_PROCEDURE) is (option.claim.finding != "microdiscectomy")
    assert roles == {Role.ANSWER, Role.OTHER_PROCEDURE, Role.ADJACENT_LEVEL, Role.OTHER_SIDE}


def test_an_operation_is_no_wrong_option_of_a_finding() -> None:
    items = plan((ONE, [EXTRUSION, OPERATION, STENOSIS]), kind=Kind.MCQ, settings=PlanSettings(variants=4))
    for item in items:
        done = vocabulary().finding(item.target.finding).is_procedure
        assert all(vocabulary().finding(o.claim.finding).is_procedure is done for o in item.options if o.claim)
        assert (item.axis is Axis.SURGICAL_PLANNING) is done


def test_an_operation_that_the_source_makes_possible_is_no_wrong_option() -> None:
    sentences = [
        OPERATION,
        "Years later the segment L4/L5 was fused, and left facet joint injections at L4/L5 did not help.",
    ]
    for number in range(12):
        for item in make_plan(source(bytes([number])), document((ONE, sentences))).items:
            wrong = {option.claim.finding for option in item.options if option.claim}
            assert not wrong & {"tlif", "plif", "alif", "facet_injection"}


def test_a_consultation_tells_findings_and_operations() -> None:
    (item,) = plan((ONE, [EXTRUSION, OPERATION]), kind=Kind.CONSULTATION)
    assert findings(item) == ["disc_extrusion", "microdiscectomy"]
    assert item.axis is Axis.PATHOLOGY, "the axis is the target's, and that is the first fact"


@pytest.mark.parametrize("text", ["L4/L5 TLIF.", "Fusion at L4/L5", "A TLIF at L4/L5 was declined.", "L4/5椎间融合术"])
def test_what_is_merely_named_is_not_asked_for(text: str) -> None:
    assert plan((ONE, [text]), kind=Kind.OPEN_QA) == ()
