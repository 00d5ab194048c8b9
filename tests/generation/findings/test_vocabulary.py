"""The shipped vocabulary, and what is refused in an edited one."""

from __future__ import annotations

import pytest

from generation.errors import VocabularyError
from generation.findings import Structure, find_statements, read_vocabulary, render, vocabulary
from generation.findings.surface import form_pattern, forms
from generation.items import Target

FINDING = "{id: %s, name: {en: %s, zh: 甲}, structure: disc, levels: [disc]%s}"
SCALES = (
    "scales: [{id: s, label: {en: s, zh: 级}, values: "
    "[{id: a, render: {en: a, zh: 甲}}, {id: b, render: {en: b, zh: 乙}}]}]"
)


def text_of(*findings: str) -> str:
    return "version: '1'\nfindings:\n" + "\n".join(f"  - {finding}" for finding in findings)


def test_the_shipped_one() -> None:
    words = vocabulary()
    assert words is vocabulary()
    assert words.version
    assert 28 <= sum(not finding.is_procedure for finding in words.findings) <= 40
    assert sum(finding.is_procedure for finding in words.findings) >= 22
    assert {scale.id for scale in words.scales} == {"severity", "meyerding", "pfirrmann", "modic", "genant"}
    assert words.finding("disc_extrusion").parents == ("disc_herniation",)
    assert words.related("disc_herniation") >= {"disc_protrusion", "disc_extrusion", "disc_sequestration"}
    assert words.related("disc_extrusion") == {"disc_extrusion", "disc_herniation"}
    assert all(len(finding.alternatives) >= 2 for finding in words.findings)
    assert {finding.structure for finding in words.findings} == set(Structure)


def test_no_form_says_two_findings() -> None:
    every = [form.lower() for finding in vocabulary().findings for form in set(forms(finding))]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("finding", vocabulary().findings, ids=lambda finding: finding.id)
def test_every_form_is_found_as_its_finding(finding) -> None:  # type: ignore[no-untyped-def]
    for form in (form.replace(" … ", " shows a ").replace("…", "向后") for form in forms(finding)):
        assert {s.finding for s in find_statements(f"({form})")} == {finding.id}, form


def test_alternatives_are_at_the_target_s_kind_of_level() -> None:
    assert "discitis" in vocabulary().alternatives("modic_changes", "L4/L5")
    assert "discitis" not in vocabulary().alternatives("modic_changes", "L4")


def test_findings_and_procedures_are_no_alternatives_of_each_other() -> None:
    words = vocabulary()
    for finding in words.findings:
        for name in finding.alternatives:
            assert words.finding(name).is_procedure is finding.is_procedure
        assert not {words.finding(name).is_procedure for name in words.related(finding.id)} - {finding.is_procedure}


def test_a_procedure_is_offered_where_it_is_done() -> None:
    words = vocabulary()
    assert not words.finding("acdf").fits("L4/L5")
    assert words.finding("acdf").fits("C7/T1")
    assert words.finding("tlif").fits("L5/S1")
    assert not words.finding("tlif").fits("C5/C6")
    assert "acdf" in words.alternatives("foraminotomy", "C5/C6")
    assert "acdf" not in words.alternatives("foraminotomy", "L4/L5")
    assert "tlif" in words.alternatives("foraminotomy", "L4/L5")
    for finding in words.findings:
        for level in filter(finding.fits, ("C5/C6", "T10/T11", "L4/L5", "C5", "T12", "L4")):
            assert all(words.finding(name).fits(level) for name in words.alternatives(finding.id, level))


def test_every_procedure_has_alternatives_where_it_is_usual() -> None:
    words = vocabulary()
    for finding in words.findings:
        if finding.is_procedure:
            usual = [level for level in ("C5/C6", "L4/L5", "L1") if finding.fits(level)]
            assert usual, finding.id
            assert all(len(words.alternatives(finding.id, level)) >= 2 for level in usual), finding.id


def test_sides() -> None:
    words = vocabulary()
    assert words.finding("disc_extrusion").sides == ("left", "right", "bilateral", "central")
    assert words.finding("foraminal_stenosis").sides == ("left", "right", "bilateral")
    assert words.finding("discitis").sides == ()
    assert words.finding("microdiscectomy").sides == ("left", "right", "bilateral")
    assert words.finding("acdf").sides == ()


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("disc bulge", "Disk-Bulges", True),
        ("disc bulge", "disc  bulge", True),
        ("disc bulge", "disc bulged", False),
        ("stenosis", "stenoses", True),
        ("spinal metastasis", "spinal metastases", True),
        ("arthropathy", "arthropathies", True),
        ("Schmorl's node", "Schmorl’s nodes", True),
        ("spur", "spurt", False),
        ("neural foramen", "neural foramina", True),
        ("间盘…脱出", "间盘向左后方脱出", True),
        ("间盘…脱出", "间盘变性,髓核脱出", False),
        ("cord … signal change", "cord shows no signal changes", True),
        ("cord … signal change", "cord-signal change", True),
        ("cord … signal change", "cord, with a signal change", False),
        ("cord … signal change", "cord is compressed by marrow with signal change", False),
    ],
)
def test_forms(form: str, text: str, expected: bool) -> None:
    import re

    assert bool(re.fullmatch(form_pattern(form), text, re.IGNORECASE)) is expected


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        ([FINDING % ("a", "x", ", alternatives: [b]")], "a: alternatives names 'b'"),
        ([FINDING % ("a", "x", ", parents: [b]")], "a: parents names 'b'"),
        ([FINDING % ("a", "x", ", grades: [b]")], "a: grades names 'b'"),
        ([FINDING % ("a", "x", ""), FINDING % ("a", "y", "")], "'a' is there twice"),
        ([FINDING % ("a", "x", ", parents: [a]")], "own ancestor"),
        ([FINDING % ("a", "x", ""), FINDING % ("b", "y", ", parents: [a], alternatives: [a]")], "kind of it"),
        ([FINDING % ("a", "x", ", colour: red")], r"findings.0.colour.*correct this field"),
        (["{id: a}"], r"findings.0.name"),
        (["{id: a"], "is not YAML"),
    ],
)
def test_what_is_refused(findings: list[str], message: str) -> None:
    with pytest.raises(VocabularyError, match=message) as caught:
        read_vocabulary(text_of(*findings), SCALES, "mine.yaml")
    assert str(caught.value).startswith("mine.yaml:")


def test_an_alternative_at_another_kind_of_level_is_refused() -> None:
    other = "{id: b, name: {en: y, zh: 乙}, structure: vertebra, levels: [vertebra]}"
    with pytest.raises(VocabularyError, match="another kind of level"):
        read_vocabulary(text_of(FINDING % ("a", "x", ", alternatives: [b]"), other), SCALES)


def test_a_procedure_as_alternative_of_a_finding_is_refused() -> None:
    procedures = "procedures: [{id: b, name: {en: y, zh: 乙}, structure: procedure, levels: [disc]}]"
    with pytest.raises(VocabularyError, match="a: alternative 'b': one is a procedure"):
        read_vocabulary(text_of(FINDING % ("a", "x", ", alternatives: [b]")), SCALES, procedures=procedures)


def test_a_list_is_no_vocabulary() -> None:
    with pytest.raises(VocabularyError, match="must be a mapping"):
        read_vocabulary("- a", SCALES)


@pytest.mark.parametrize("ask", [lambda: vocabulary().scale("x"), lambda: vocabulary().grade("severity:x")])
def test_unknown_scales_and_values(ask) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(VocabularyError, match="'x'"):
        ask()


@pytest.mark.parametrize(
    ("target", "en", "zh"),
    [
        (
            Target(finding="disc_extrusion", level="L4/L5", side="left"),
            "Left-sided disc extrusion at L4/L5",
            "L4/L5左侧椎间盘脱出",
        ),
        (
            Target(finding="spondylolisthesis", level="L5/S1", grade="meyerding:II"),
            "Grade II spondylolisthesis at L5/S1",
            "L5/S1 II度椎体滑脱",
        ),
        (
            Target(finding="central_canal_stenosis", level="L3/L4", grade="severity:severe"),
            "Severe central canal stenosis at L3/L4",
            "L3/L4重度中央椎管狭窄",
        ),
        (
            Target(finding="modic_changes", level="L4/L5", grade="modic:2"),
            "Type 2 Modic changes at L4/L5",
            "L4/L5 2型Modic改变",
        ),
        (
            Target(finding="opll", level="C4/C5"),
            "Ossification of the posterior longitudinal ligament at C4/C5",
            "C4/C5后纵韧带骨化",
        ),
        (Target(finding="cord_signal_change", level="T2"), "Cord signal change at T2", "T2水平脊髓信号改变"),
        (Target(finding="compression_fracture", level="L1"), "Compression fracture at L1", "L1椎体压缩骨折"),
        (
            Target(finding="microdiscectomy", level="L4/L5", side="left"),
            "Left-sided microdiscectomy at L4/L5",
            "L4/L5左侧显微椎间盘切除术",
        ),
        (Target(finding="kyphoplasty", level="L1"), "Kyphoplasty at L1", "L1椎体后凸成形术"),
    ],
)
def test_render(target: Target, en: str, zh: str) -> None:
    assert render(target, "en") == en
    assert render(target, "zh") == zh
