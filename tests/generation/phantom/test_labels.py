"""What a reader of the label volume finds is what the truth says."""

from __future__ import annotations

import numpy as np

from generation.phantom import PhantomStudy, StudyKind, make_study
from generation.phantom.anatomy import build
from generation.phantom.study import label_volume
from generation.phantom.truth import TrueFinding, Truth
from generation.sources import Language
from tests.generation.phantom.label_reader import Found, LabelReader


def _told(study: PhantomStudy) -> set[Found]:
    return {Found(one.finding, one.level, one.side, one.grade) for one in study.truth.findings}


def test_a_reader_of_the_labels_finds_what_is_true(studies: tuple[PhantomStudy, ...]) -> None:
    for study in studies:
        volume = study.labels()
        found = LabelReader(volume.labels, *volume.grid).findings()
        assert found == _told(study), (study.seed, study.truth.kind)


def _read(kind: StudyKind, vertebrae: tuple[str, ...], *findings: TrueFinding) -> set[Found]:
    truth = Truth(kind=kind, language=Language.EN, vertebrae=vertebrae, findings=findings)
    volume = label_volume(build(truth), kind.part)
    return LabelReader(volume.labels, *volume.grid).findings()


LUMBAR = ("T12", "L1", "L2", "L3", "L4", "L5", "S1")


def test_a_sound_column_has_no_finding() -> None:
    assert _read(StudyKind.LUMBAR_CT, LUMBAR) == set()


def test_the_reader_sees_each_grade_of_a_slip_apart() -> None:
    for percent, grade in ((15, "I"), (40, "II"), (60, "III")):
        slip = TrueFinding(finding="spondylolisthesis", level="L4/L5", measures={"slip_percent": percent})
        assert _read(StudyKind.LUMBAR_CT, LUMBAR, slip) == {
            Found("spondylolisthesis", "L4/L5", None, f"meyerding:{grade}")
        }


def test_the_sides_of_the_volume_are_the_patients() -> None:
    """A left protrusion lies at x > 0, and a curve to the left has its apex there."""
    curve = TrueFinding(
        finding="scoliosis",
        level="L2",
        side="left",
        grade="cobb:30",
        ends=("T12", "L4"),
        measures={"cobb_degrees": 30.0},
    )
    vertebrae = ("T10", "T11", *LUMBAR)
    assert _read(StudyKind.LUMBAR_XRAY, vertebrae, curve) == {Found("scoliosis", "L2", "left", "cobb:30")}
    hernia = TrueFinding(finding="disc_protrusion", level="L4/L5", side="left", measures={"depth_mm": 4.0})
    truth = Truth(kind=StudyKind.LUMBAR_MR, language=Language.EN, vertebrae=LUMBAR, findings=(hernia,))
    volume = label_volume(build(truth), truth.kind.part)
    sound = label_volume(build(truth.model_copy(update={"findings": ()})), truth.kind.part)
    more = np.nonzero((volume.labels == 123) & (sound.labels != 123))[2]
    assert volume.grid.x[more].mean() > 4


def test_labels_are_verses() -> None:
    study = make_study(2, StudyKind.LUMBAR_CT)
    there = {int(label) for label in np.unique(study.labels().labels)}
    assert set(range(16, 25)) | {26} <= there
    assert {100 + upper for upper in range(16, 25)} <= there
    assert {60, 61} <= there
