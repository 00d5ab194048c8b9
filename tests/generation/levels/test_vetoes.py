"""Every veto rule alone: one text it takes, one near it that it leaves."""

from __future__ import annotations

import pytest

from generation.levels.vetoes import VETOES, may_fire, veto

CASES = [
    ("letters around", "{T2}N0", "{T2} fracture"),
    ("code before", "STIR/{T2}", "cord/{T2}"),
    ("joined after", "{L3}-1", "{L3}-pelvis"),
    ("magnetic resonance weighting", "{T2} hyperintensity", "{T2} spinous process"),
    ("magnetic resonance weighting", "axial {T1}", "screw in {T1}"),
    ("magnetic resonance weighting", "{T1}/T2 weighted", "{T1}/T2 disc"),
    ("magnetic resonance weighting", "长{T2}", "累及{T2}"),
    ("relaxation ratio", "ratio of {T1}", "fracture of {T1}"),
    ("tumour stage", "stage {T1}", "corpus {T1}"),
    ("heart sounds", "{S1} and S2 normal", "{S1} screw"),
    ("heart sounds as a pair", "{S1/S2} normal", "{S1/S2} disc"),
    ("thyroid hormone", "free {T4}", "fractured {T4}"),
    ("lymphocytes and phages", "{T4} cells", "{T4} body"),
    ("complement", "{C1} esterase inhibitor", "{C1} arch"),
    ("norms and losses", "{L2} norm", "{L2} nodule"),
    ("vitamins and receptors", "vitamin {T3}", "vertebra {T3}"),
    ("vitamin C", "vitamin {C1}", "arch of {C1}"),
    ("numbered parts of a document", "Table {S1}", "tablet at {S1}"),
    ("classes and grades", "AO type {C1}", "prototype, {C1}"),
    ("drugs and chemicals", "{S1} chemotherapy", "{S1} screw"),
    ("products", "{S4} spinal system", "{S4} spinal nerve"),
    ("quantities", "{T5} mm", "{T5} moved"),
]


def fires(name: str, marked: str) -> bool:
    start, end = marked.index("{"), marked.index("}") - 1
    text = marked.replace("{", "").replace("}", "")
    points = tuple(text[start:end].split("/"))
    if marked[end + 2 : end + 5] == "/T2":
        points, end = (*points, "T2"), end + 3
    return veto(name).fires(text[:start], text[end:], points)


@pytest.mark.parametrize(("name", "taken", "left"), CASES)
def test_rule(name: str, taken: str, left: str) -> None:
    assert fires(name, taken)
    assert not fires(name, left)


def test_every_rule_has_a_case_and_a_reason() -> None:
    assert {name for name, *_ in CASES} == {rule.name for rule in VETOES}
    assert len({rule.name for rule in VETOES}) == len(VETOES)
    assert all(rule.why and (rule.before or rule.after) for rule in VETOES)


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(KeyError, match="no veto is named 'x'"):
        veto("x")


@pytest.mark.parametrize(("name", "taken", "left"), CASES)
def test_one_look_for_all_rules_sees_what_each_rule_sees(name: str, taken: str, left: str) -> None:
    for marked in (taken, left):
        start, end = marked.index("{"), marked.index("}") - 1
        text = marked.replace("{", "").replace("}", "")
        for points in (("T1",), ("T2",), ("S1",), ("C4",), ("L2",), ("T1", "T2"), ("S1", "S2"), ("L4", "L5")):
            around = text[:start], text[end:]
            assert may_fire(*around, points) is any(rule.fires(*around, points) for rule in VETOES)
