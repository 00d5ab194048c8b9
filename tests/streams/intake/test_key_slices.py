"""Key slices: which ones by plane, how they are windowed, and that nothing that cannot be decoded gets far."""

from __future__ import annotations

from io import BytesIO

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from pydicom.dataset import Dataset

from generation.cases import CaseInstance, CaseSeries, Modality, Plane
from streams.intake.key_slices import PictureFailed, SliceHeader, header_of, in_order, key_slices, render
from streams.intake.key_slices.choose import MOST
from tests.streams.intake.gateway.dicom_samples import CR, Sample


def _content(dataset: Dataset) -> bytes:
    out = BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _changed(sample: Sample | None = None, **values: object) -> bytes:
    dataset = (sample or Sample()).dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return _content(dataset)


def _series(modality: Modality, plane: Plane | None, count: int, uid: str = "1") -> CaseSeries:
    instances = tuple(CaseInstance(uid=str(number), blob="0" * 64) for number in range(count))
    return CaseSeries(uid=uid, modality=modality, plane=plane, instances=instances)


def _grey(png: bytes) -> numpy.ndarray:
    return numpy.asarray(Image.open(BytesIO(png)))


def test_a_slice_lies_in_the_plane_its_normal_is_nearest_to() -> None:
    planes = {
        (0, 1, 0, 0, 0, -1): Plane.SAGITTAL,
        (1, 0, 0, 0, 0, -1): Plane.CORONAL,
        (1, 0, 0, 0, 1, 0): Plane.AXIAL,
        (1, 0, 0, 0, 0.8, 0.6): Plane.AXIAL,
    }
    for orientation, plane in planes.items():
        assert header_of(_changed(ImageOrientationPatient=list(orientation))).plane is plane


def test_a_header_tells_place_number_and_region() -> None:
    assert header_of(Sample(number=5).content()) == SliceHeader(
        plane=Plane.SAGITTAL, region="lumbar", place=20.0, number=5
    )
    shown = header_of(_changed(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], BodyPartExamined="MUSTERMANN"))
    assert (shown.localizer, shown.region) == (True, ""), "a body part that is none of the standard's is not told"


def test_a_projection_lies_as_its_view_or_its_rows_say() -> None:
    xray = Sample(sop_class=CR, modality="CR")
    assert header_of(xray.content()).plane is Plane.LATERAL
    assert header_of(_changed(xray, ViewPosition="AP")).plane is Plane.FRONTAL
    assert header_of(_changed(xray, ViewPosition="", PatientOrientation=["A", "F"])).plane is Plane.LATERAL
    assert header_of(_changed(xray, ViewPosition="", PatientOrientation=["L", "F"])).plane is Plane.FRONTAL
    assert header_of(_changed(xray, ViewPosition="")).plane is None


@given(some.integers(min_value=1, max_value=400), some.sampled_from([*Plane, None]), some.sampled_from(list(Modality)))
def test_every_series_shows_one_to_three_of_its_own_slices(count: int, plane: Plane | None, modality: Modality) -> None:
    shown = [one.instance for one in key_slices([_series(modality, plane, count)])]
    assert 1 <= len(shown) <= 3
    assert shown == sorted(set(shown))
    assert set(shown) <= set(range(count))


def test_the_rules_by_plane() -> None:
    def shown(modality: Modality, plane: Plane | None, count: int) -> list[tuple[int, str]]:
        return [(one.instance, one.rule) for one in key_slices([_series(modality, plane, count)])]

    assert shown(Modality.MR, Plane.SAGITTAL, 15) == [(7, "middle-sagittal")]
    assert shown(Modality.CT, Plane.AXIAL, 40) == [
        (10, "quarters-axial"),
        (20, "quarters-axial"),
        (30, "quarters-axial"),
    ]
    assert shown(Modality.DX, Plane.LATERAL, 3) == [(0, "projection"), (1, "projection")]
    assert shown(Modality.CR, None, 1) == [(0, "projection")]
    assert shown(Modality.CT, None, 9) == [(4, "middle")]


def test_a_case_shows_sagittal_mr_first_and_no_more_than_the_most() -> None:
    series = [
        _series(Modality.CR, Plane.FRONTAL, 2, "e"),
        _series(Modality.CT, Plane.SAGITTAL, 9, "d"),
        _series(Modality.MR, Plane.AXIAL, 20, "c"),
        _series(Modality.MR, Plane.SAGITTAL, 15, "b"),
    ]
    assert [one.uid for one in in_order(series)] == ["b", "c", "d", "e"]
    assert [one.series.uid for one in key_slices(series)] == ["b", "c", "c", "c", "d", "e", "e"]
    many = [_series(Modality.MR, Plane.SAGITTAL, 15, f"{number:02}") for number in range(20)]
    assert len(key_slices(many)) == MOST


def test_the_window_of_the_header_is_used_as_the_standard_has_it() -> None:
    picture = render(_changed(WindowCenter=[500, 40], WindowWidth=[200, 400]))
    values = numpy.arange(1024).reshape(32, 32) + 1
    expected = numpy.clip((values - 499.5) / 199 + 0.5, 0, 1) * 255
    assert (picture.center, picture.width) == (500.0, 200.0)
    assert numpy.abs(_grey(picture.png).astype(float) - expected).max() <= 0.51


def test_without_a_window_the_percentiles_make_one() -> None:
    picture = render(Sample().content())
    assert picture.center == pytest.approx(512.5, abs=1)
    assert picture.width == pytest.approx(1023 * 0.98, abs=1)
    assert render(_changed(WindowCenter=500, WindowWidth=0)).width == picture.width, "a window of no width is none"


def test_slope_and_intercept_come_before_the_window() -> None:
    picture = render(_changed(RescaleSlope=2, RescaleIntercept=-1024))
    assert picture.center == pytest.approx(512.5 * 2 - 1024, abs=2)


def test_monochrome1_is_inverted() -> None:
    plain, inverted = (_grey(render(_changed(PhotometricInterpretation=f"MONOCHROME{n}")).png) for n in (2, 1))
    assert (plain.astype(int) + inverted == 255).all()


def test_a_picture_is_no_larger_than_512_and_its_pixels_are_square() -> None:
    pixels = numpy.zeros((600, 300), dtype=numpy.uint16).tobytes()
    image = Image.open(BytesIO(render(_changed(Rows=600, Columns=300, PixelData=pixels, PixelSpacing=[0.5, 1.0])).png))
    assert (image.size, image.mode) == ((512, 512), "L")
    assert Image.open(BytesIO(render(Sample().content()).png)).size == (32, 32)


def test_of_several_frames_the_middle_one_is_shown() -> None:
    frames = numpy.stack([numpy.full((32, 32), value, dtype=numpy.uint16) for value in (100, 200, 300)])
    found = render(_changed(NumberOfFrames=3, PixelData=frames.tobytes()))
    assert found.center == pytest.approx(200, abs=1)


def test_the_same_bytes_give_the_same_picture() -> None:
    assert render(Sample().content()) == render(Sample().content())


@pytest.mark.parametrize(
    "values",
    [
        {"PixelData": b"\0" * 10},
        {"Rows": 60000, "Columns": 60000},
        {"SamplesPerPixel": 3},
        {"WindowCenter": "1", "WindowWidth": "200", "BitsAllocated": 7},
    ],
)
def test_what_cannot_be_decoded_is_told_without_a_value(values: dict[str, object]) -> None:
    with pytest.raises(PictureFailed) as failed:
        render(_changed(PatientName="Mustermann", **values))
    assert "Mustermann" not in str(failed.value)
    assert failed.value.__cause__ is None
