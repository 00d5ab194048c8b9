"""The truth that is drawn: findings where they can be, of grades that their sizes have, all kinds of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.findings import vocabulary
from generation.levels import is_disc, vertebrae_of
from generation.phantom import StudyKind, Truth, make_studies, truth_line
from generation.phantom.draw import draw_truth
from generation.phantom.grades import BODY_LOSS, CANAL, DISC_LOSS, SLIP, WIDE_CANAL, grade_of
from generation.sources import Language

BANDS = {
    "spondylolisthesis": SLIP,
    "retrolisthesis": SLIP,
    "disc_height_loss": DISC_LOSS,
    "central_canal_stenosis": CANAL,
    "compression_fracture": BODY_LOSS,
}
drawn = st.builds(
    lambda seed, kind: draw_truth(np.random.default_rng(seed), kind, Language.EN),
    st.integers(0, 2**32),
    st.sampled_from(tuple(StudyKind)),
)


@settings(max_examples=150, deadline=None)
@given(drawn)
def test_a_truth_holds_together(truth: Truth) -> None:
    assert truth.findings
    assert len({(one.finding, one.level) for one in truth.findings}) == len(truth.findings)
    for one in truth.findings:
        assert set(vertebrae_of(one.level)) <= set(truth.vertebrae)
        if target := one.target:
            known = vocabulary().finding(target.finding)
            assert known.fits(one.level)
            assert one.side is None or one.side in known.sides
            assert one.grade is None or one.grade.partition(":")[0] in known.grades
        if one.finding in BANDS:
            assert one.grade == grade_of(next(iter(one.measures.values())), BANDS[one.finding])
    soft = ("disc_bulge", "disc_protrusion", "disc_extrusion", "central_canal_stenosis")
    assert truth.kind.shows_canal or not any(one.finding in soft for one in truth.findings)


@pytest.mark.parametrize("bands", [SLIP, BODY_LOSS, DISC_LOSS, CANAL])
def test_sizes_are_drawn_inside_their_grade(bands: tuple) -> None:
    last = WIDE_CANAL if bands is CANAL else 100.0
    for band, following in zip(bands, [*(one.low for one in bands[1:]), last], strict=True):
        assert band.low < band.drawn[0] < band.drawn[1] < following


def test_every_finding_and_grade_is_drawn() -> None:
    counts: Counter[tuple[str, str | None]] = Counter()
    for seed in range(300):
        for kind in StudyKind:
            for one in draw_truth(np.random.default_rng(seed), kind, Language.EN).findings:
                counts[one.finding, None if one.finding == "scoliosis" else one.grade] += 1
    for finding, bands in BANDS.items():
        for band in bands if finding != "retrolisthesis" else bands[:1]:
            assert counts[finding, band.grade] > 5, (finding, band.grade)
    named = {finding for finding, _ in counts}
    assert named == {*BANDS, "disc_bulge", "disc_protrusion", "disc_extrusion", "scoliosis", "transitional_vertebra"}
    assert {grade for finding, grade in counts if finding == "transitional_vertebra"} == {
        None,
        "castellvi:IIIa",
        "castellvi:IIIb",
    }


def test_studies_take_turns_and_the_first_stay_the_same() -> None:
    both = (Language.EN, Language.ZH)
    few, more = (list(make_studies(count, 4, both)) for count in (2, 4))
    assert [(name, study.report) for name, study in few] == [(name, study.report) for name, study in more[:2]]
    assert [name for name, _ in more] == ["study-0001", "study-0002", "study-0003", "study-0004"]
    assert len({study.truth.kind for _, study in more}) == 4
    assert {study.truth.language for _, study in more} == set(both)
    line = truth_line(*few[0])
    assert line.phantom
    assert set(line.levels) >= {one.level for one in line.findings}
    assert all(is_disc(level) or level in line.vertebrae for level in line.levels)
