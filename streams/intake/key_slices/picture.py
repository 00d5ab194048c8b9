"""Renders one instance: 8 bits, grey, no overlay, no annotation."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy
import pydicom
from numpy.typing import NDArray
from PIL import Image

LARGEST = 512
"""Pixels of the longer side, at most."""
_MOST_VALUES = 1 << 28
"""Pixel values of an instance, at most: what claims to be larger is not decoded."""
_PERCENTILES = (1.0, 99.0)

Values = NDArray[numpy.float32]


class PictureFailed(Exception):
    """An instance that cannot be rendered; the message names the cause and no value."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A rendered instance."""

    png: bytes
    center: float
    """Of the window, in stored values × slope + intercept (CT: HU)."""
    width: float


def render(content: bytes) -> Picture:
    """Render a DICOM file (of several frames the middle one) with the header's first window, else with that from the
    1st to the 99th percentile; MONOCHROME1 is inverted, pixels that are not square are made so.

    Raises PictureFailed.
    """
    try:
        dataset = pydicom.dcmread(BytesIO(content))
        values = _values(dataset)
        center, width = _window(dataset) or _percentile_window(values)
        grey = _grey(values, center, width)
        if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
            grey = 255 - grey
        return Picture(_png(grey, _spacing(dataset)), center, width)
    except PictureFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a decoder raises
        # What pydicom says may quote what it read.
        raise PictureFailed(f"it cannot be decoded ({type(error).__name__})") from None


def _values(dataset: pydicom.Dataset) -> Values:
    """Return stored values × slope + intercept, shape (rows, columns)."""
    frames = int(dataset.get("NumberOfFrames") or 1)
    if int(dataset.get("SamplesPerPixel", 1)) != 1:
        raise PictureFailed("it is not grey")
    if int(dataset.Rows) * int(dataset.Columns) * frames > _MOST_VALUES:
        raise PictureFailed("it claims more pixels than are decoded")
    pixels = dataset.pixel_array
    frame = pixels[len(pixels) // 2] if pixels.ndim == 3 else pixels
    transform = _first(_groups(dataset), "PixelValueTransformationSequence") or dataset
    slope, intercept = _float(transform, "RescaleSlope", 1.0), _float(transform, "RescaleIntercept", 0.0)
    return frame.astype(numpy.float32) * numpy.float32(slope) + numpy.float32(intercept)


def _groups(dataset: pydicom.Dataset) -> list[pydicom.Dataset]:
    """Return the functional groups of the middle frame and the shared ones, where the instance has such."""
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    return [*([frames[len(frames) // 2]] if frames else []), *(dataset.get("SharedFunctionalGroupsSequence") or [])]


def _first(groups: list[pydicom.Dataset], keyword: str) -> pydicom.Dataset | None:
    return next((one[keyword].value[0] for one in groups if one.get(keyword)), None)


def _window(dataset: pydicom.Dataset) -> tuple[float, float] | None:
    """Return the first VOI window of the header, None where there is none that can be used."""
    where = _first(_groups(dataset), "FrameVOILUTSequence") or dataset
    width = _float(where, "WindowWidth", 0.0)
    return (_float(where, "WindowCenter", 0.0), width) if width >= 1 and "WindowCenter" in where else None


def _percentile_window(values: Values) -> tuple[float, float]:
    low, high = (float(one) for one in numpy.percentile(values, _PERCENTILES))
    return round((low + high) / 2, 3), round(max(high - low, 1.0), 3)


def _grey(values: Values, center: float, width: float) -> NDArray[numpy.uint8]:
    """Return 0 to 255 by the linear VOI function (PS3.3 C.11.2.1.2.1)."""
    steep = (values - (center - 0.5)) / max(width - 1.0, 1e-6) + 0.5
    return (numpy.clip(steep, 0.0, 1.0) * 255.0 + 0.5).astype(numpy.uint8)


def _spacing(dataset: pydicom.Dataset) -> tuple[float, float]:
    """Return the distance of rows and of columns, in any unit."""
    where = _first(_groups(dataset), "PixelMeasuresSequence") or dataset
    found = where.get("PixelSpacing") or where.get("ImagerPixelSpacing") or (1.0, 1.0)
    rows, columns = float(found[0]), float(found[1])
    return (rows, columns) if rows > 0 and columns > 0 else (1.0, 1.0)


def _png(grey: NDArray[numpy.uint8], spacing: tuple[float, float]) -> bytes:
    rows, columns = grey.shape
    unit = min(spacing)
    height, width = rows * spacing[0] / unit, columns * spacing[1] / unit
    shrink = min(1.0, LARGEST / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    image = Image.fromarray(grey)
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    out = BytesIO()
    image.save(out, "PNG", optimize=False)
    return out.getvalue()


def _float(dataset: pydicom.Dataset, keyword: str, otherwise: float) -> float:
    found: Any = dataset.get(keyword)
    if found is None or found == "":
        return otherwise
    return float(found[0]) if isinstance(found, pydicom.multival.MultiValue) else float(found)
