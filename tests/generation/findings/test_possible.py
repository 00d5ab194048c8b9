"""What sentences could make true, and that strict reading never leaves it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.errors import VocabularyError
from generation.findings import (
    Fact,
    could_be_true,
    find_statements,
    grades_in,
    possible_facts,
    render,
    sides_in,
    states,
    vocabulary,
)
from generation.items import Target
from generation.levels import discs_between, neighbours
from generation.sources import Language

DISCS = discs_between("C2", "S1")
VERTEBRAE = ("C5", "T2", "T12", "L1", "L4", "L5", "S1")


@st.composite
def targets(draw: st.DrawFn) -> Target:
    finding = draw(st.sampled_from(vocabulary().findings))
    level = draw(st.sampled_from([level for level in (*DISCS, *VERTEBRAE) if finding.fits(level)]))
    side = draw(st.sampled_from([None, *finding.sides]))
    grades = [f"{name}:{value.id}" for name in finding.grades for value in vocabulary().scale(name).values]
    return Target(finding=finding.id, level=level, side=side, grade=draw(st.sampled_from([None, *grades])))


PHRASES = st.sampled_from(
    [
        *(
            "no",
            "possible",
            "at L4/5",
            "at L5-S1",
            "of L4",
            "L3 to S1",
            "left",
            "right",
            "bilateral",
            "severe",
            "grade II",
            "mild to",
        ),
        *(
            "disc extrusion",
            "disc bulge",
            "stenosis",
            "foraminal stenosis",
            "spondylolisthesis",
            "compression fracture",
            "Modic",
        ),
        *(
            ",",
            ";",
            "and",
            "with",
            "but",
            "on the left",
            "L5 root",
            ":",
            "左侧",
            "腰4/5",
            "椎间盘脱出",
            "未见",
            "，",
            "was not seen",
        ),
    ]
)
SENTENCES = st.lists(PHRASES, min_size=1, max_size=10).map(" ".join)


@given(targets(), SENTENCES)
@settings(max_examples=200, deadline=None)
def test_what_is_stated_could_be_true(target: Target, sentence: str) -> None:
    for said in find_statements(sentence):
        if said.certain:
            stated = Target(finding=said.finding, level=said.levels[0], side=said.side, grade=said.grade)
            assert states(stated, sentence)
            assert could_be_true(stated, [sentence])
    if states(target, sentence):
        assert could_be_true(target, [sentence])


@given(targets(), st.sampled_from(Language))
@settings(max_examples=200, deadline=None)
def test_an_option_states_its_target(target: Target, language: Language) -> None:
    option = render(target, language)
    assert states(target, option), option
    assert could_be_true(target, [option])


@given(targets())
@settings(max_examples=200, deadline=None)
def test_an_option_leaves_the_next_level_alone(target: Target) -> None:
    for level in neighbours(target.level):
        assert not could_be_true(target.model_copy(update={"level": level}), [render(target, "en")])


@pytest.mark.parametrize("finding", vocabulary().findings, ids=lambda finding: finding.id)
def test_an_alternative_is_not_made_true_by_the_finding(finding) -> None:  # type: ignore[no-untyped-def]
    for level in filter(finding.fits, ("L4/L5", "C5/C6", "L4", "C5")):
        option = render(Target(finding=finding.id, level=level), "en")
        sentence = f"There is {option[0].lower()}{option[1:]}."
        for other in vocabulary().alternatives(finding.id, level):
            assert not could_be_true(Target(finding=other, level=level), [sentence])


def test_facts_ignore_denial_and_doubt_and_expand_ranges() -> None:
    facts = possible_facts("No disc extrusion from L3 to L5, possible fracture of L1.")
    assert {Fact("disc_extrusion", "L3/L4"), Fact("disc_extrusion", "L4/L5"), Fact("disc_extrusion", "L1")} <= facts
    assert Fact("disc_herniation", "L4/L5") in facts
    assert Fact("compression_fracture", "L1") in facts
    assert Fact("burst_fracture", "L1") in facts
    assert not any(fact.level == "L5/S1" for fact in facts)


def test_a_level_of_another_kind_reaches_what_touches_it() -> None:
    assert {Fact("disc_extrusion", "L3/L4"), Fact("disc_extrusion", "L4/L5")} <= possible_facts("L4 disc extrusion")
    assert {Fact("compression_fracture", "L4"), Fact("compression_fracture", "L5")} <= possible_facts(
        "Fracture at L4/5."
    )
    assert Fact("disc_extrusion", "C7/T1") in possible_facts("Extrusion touching the C8 root.")
    assert Fact("disc_extrusion", "L5/S1") not in possible_facts("L4/5 extrusion touching the L5 root.")
    assert Fact("disc_extrusion", "C1/C2") in possible_facts("Extrusion at C1.")


@pytest.mark.parametrize(
    ("finding", "sentence", "expected"),
    [
        ("disc_extrusion", "Disc herniation at L4/5.", True),
        ("disc_herniation", "Disc extrusion at L4/5.", True),
        ("disc_protrusion", "Disc extrusion at L4/5.", False),
        ("disc_bulge", "No disc bulge at L4/5.", True),
        ("foraminal_stenosis", "Stenosis at L4/5.", True),
        ("foraminal_stenosis", "Central canal stenosis at L4/5.", False),
        ("central_canal_stenosis", "Central and foraminal stenosis at L4/5.", True),
        ("foraminal_stenosis", "Foraminal and lateral recess stenosis at L4/5.", True),
        ("disc_extrusion", "L4/5椎间盘脱出、突出。", True),
        ("disc_bulge", "The disc is bulging at L3-S1.", True),
        ("disc_bulge", "Disc bulge at L5/S1.", False),
        ("disc_bulge", "Disc bulge.", False),
    ],
)
def test_could_be_true(finding: str, sentence: str, expected: bool) -> None:
    assert could_be_true(Target(finding=finding, level="L4/L5"), ["Nothing.", sentence]) is expected


def test_side_and_grade_must_share_the_sentence() -> None:
    left = Target(finding="foraminal_stenosis", level="L4/L5", side="left")
    both = left.model_copy(update={"side": "bilateral"})
    assert not could_be_true(left, ["Right foraminal stenosis at L4/5.", "Left leg pain."])
    assert could_be_true(left, ["Bilateral foraminal stenosis at L4/5."])
    assert could_be_true(both, ["Left and right foraminal stenosis at L4/5."])
    assert not could_be_true(both, ["Left foraminal stenosis at L4/5."])
    graded = left.model_copy(update={"side": None, "grade": "severity:moderate"})
    assert could_be_true(graded, ["Mild to severe foraminal stenosis at L4/5."])
    assert not could_be_true(graded, ["Severe foraminal stenosis at L4/5."])


def test_an_unknown_finding_is_an_error() -> None:
    with pytest.raises(VocabularyError, match="no finding 'x'"):
        could_be_true(Target(finding="x", level="L4"), [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("left", {"left"}),
        ("Left-sided and right", {"left", "right"}),
        ("on both sides", {"bilateral"}),
        ("bilaterally", {"bilateral"}),
        ("a central protrusion", {"central"}),
        ("paracentral", set()),
        ("central canal stenosis", set()),
        ("central spinal canal", set()),
        ("right-handed", set()),
        ("right after surgery", set()),
        ("left untreated", set()),
        ("was left in place", set()),
        ("it left the canal", set()),
        ("is left-sided", {"left"}),
        ("on the left", {"left"}),
        ("on the right.", {"right"}),
        ("bright", set()),
        ("cleft", set()),
        ("左侧", {"left"}),
        ("双侧", {"bilateral"}),
        ("中央型突出", {"central"}),
        ("中央椎管狭窄", set()),
    ],
)
def test_sides(text: str, expected: set[str]) -> None:
    assert sides_in(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("severe", {"severity:severe"}),
        ("Mildly", {"severity:mild"}),
        ("marked", {"severity:severe"}),
        ("mild to severe", {"severity:mild", "severity:moderate", "severity:severe"}),
        ("Modic type 2", {"modic:2"}),
        ("Modic II", {"modic:2"}),
        ("Modic type 1-3", {"modic:1", "modic:2", "modic:3"}),
        ("Pfirrmann IV", {"pfirrmann:IV"}),
        ("Pfirrmann grade V", {"pfirrmann:V"}),
        ("Meyerding grade II", {"meyerding:II"}),
        ("Genant grade 3", {"genant:3"}),
        ("grade 2", {"meyerding:II", "pfirrmann:II", "genant:2"}),
        ("grade IV", {"meyerding:IV", "pfirrmann:IV"}),
        (
            "grade I to II",
            {f"{s}" for s in ("meyerding:I", "meyerding:II", "pfirrmann:I", "pfirrmann:II", "genant:1", "genant:2")},
        ),
        ("II度", {"meyerding:II"}),
        ("Ⅱ度", {"meyerding:II"}),
        ("重度", {"severity:severe"}),
        ("type 2", {"modic:2"}),
        ("how severe is it", set()),
        ("How marked", set()),
        ("show severe", {"severity:severe"}),
        ("4/5 strength", set()),
        ("at L4", set()),
        ("2 patients", set()),
    ],
)
def test_grades(text: str, expected: set[str]) -> None:
    assert grades_in(text) == expected
