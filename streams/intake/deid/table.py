"""PS3.15 table E.1-1 (Basic Application Level Confidentiality Profile) as data.

The rows come from the package `dicom_anonymizer`, which transcribes the standard; only its data file is loaded. The
action codes are the standard's: D dummy, Z zero length, X remove, U replace the UID; a compound one leaves the choice
to what the object's definition demands.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import ModuleType

EDITION = "2026c"
"""The edition of PS3.15 that the table is from."""


class Action(StrEnum):
    """A cell of the table's column of the basic profile."""

    D = "D"
    """Replace by a dummy value."""
    Z = "Z"
    """Empty, or a dummy value."""
    X = "X"
    """Remove."""
    U = "U"
    """Replace the UID, the same one everywhere alike."""
    Z_D = "Z/D"
    """Z, or D where the object must have a value."""
    X_Z = "X/Z"
    """X, or Z where the object must have the element."""
    X_D = "X/D"
    """X, or D where the object must have a value."""
    X_Z_D = "X/Z/D"
    """X, or Z or D as the object demands."""
    X_Z_U = "X/Z/U*"
    """X, or Z, or the sequence with its UIDs replaced."""


def _data() -> ModuleType:
    """Load the data file alone: the package's own start would load its engine with it."""
    package = importlib.util.find_spec("dicomanonymizer")
    if package is None or package.origin is None:
        raise RuntimeError("the package dicom-anonymizer is not installed; it carries the table of PS3.15 E.1-1")
    path = Path(package.origin).parent / "dicom_anonymization_databases" / f"dicomfields_{EDITION}.py"
    spec = importlib.util.spec_from_file_location("streams_intake_deid_table_data", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"dicom-anonymizer has no table of edition {EDITION}; install the pinned version")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _single(rows: Iterable[tuple[int, ...]]) -> Iterable[int]:
    """Rows of one element; the rows of four numbers are the masks of curves and overlays, which go as groups."""
    return (row[0] << 16 | row[1] for row in rows if len(row) == 2)


@cache
def actions() -> Mapping[int, Action]:
    """Return the action of each element of the table, by its 32-bit tag."""
    data = _data()
    names = {action: action.name if action is not Action.X_Z_U else "X_Z_U_STAR" for action in Action}
    return {tag: action for action, name in names.items() for tag in _single(getattr(data, f"{name}_TAGS"))}
