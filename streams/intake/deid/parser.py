"""Parsing originals. What pydicom warns of quotes values, so in a process that parses originals it says nothing."""

from __future__ import annotations

import logging
import warnings
from io import BytesIO

from pydicom import config, dcmread
from pydicom.dataset import Dataset

from streams.intake.deid.errors import ObjectRefused, RefusalReason

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_HEAD = 4096


def _silence() -> None:
    """Turn off pydicom's checks of values read, its warnings and its log, for the whole process.

    A context around each parse would not do: it is not safe among threads, and values are decoded when touched.
    """
    config.settings.reading_validation_mode = config.IGNORE
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")
    logging.getLogger("pydicom").addFilter(lambda record: False)


_silence()


def parse(content: bytes, only: tuple[str, ...] | None = None) -> Dataset:
    """Parse an object; with `only`, no more than these keywords and nothing from the pixels on.

    Raises `ObjectRefused` where the bytes are no DICOM object.
    """
    if _DEFLATED in content[:_HEAD]:
        raise ObjectRefused(RefusalReason.UNSUPPORTED_ENCODING, "deflated: its size is not known before it is inflated")
    try:
        dataset = dcmread(
            BytesIO(content),
            force=True,
            stop_before_pixels=only is not None,
            specific_tags=list(only) if only is not None else None,
        )
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything from within the parser
        raise ObjectRefused(RefusalReason.BROKEN, f"does not parse ({type(error).__name__})") from None
    if not len(dataset):
        raise ObjectRefused(RefusalReason.BROKEN, "holds no DICOM element")
    return dataset
