"""What makes a grade: limits of measured sizes, and the narrower bands that sizes are drawn from.

A size is drawn well inside its grade, so that a reader who is off by a voxel finds the same grade.
"""

from __future__ import annotations

from typing import NamedTuple


class Band(NamedTuple):
    """One grade of a finding."""

    grade: str
    """`<scale>:<value>`."""
    low: float
    """From here the grade holds, up to the next band's `low`."""
    drawn: tuple[float, float]
    """Sizes are drawn from here."""


SLIP = (
    Band("meyerding:I", 8.0, (13.0, 19.0)),
    Band("meyerding:II", 25.0, (31.0, 43.0)),
    Band("meyerding:III", 50.0, (57.0, 67.0)),
)
"""Percent of the depth of the lower end plate. Meyerding 1932: quarters; below 8 % nothing is called a slip here."""
BODY_LOSS = (
    Band("genant:1", 20.0, (22.0, 23.2)),
    Band("genant:2", 25.0, (30.0, 36.0)),
    Band("genant:3", 40.0, (46.0, 54.0)),
)
"""Percent by which the front of a body is lower than its back. Genant et al., J Bone Miner Res 1993;8:1137."""
DISC_LOSS = (
    Band("severity:mild", 22.0, (29.0, 36.0)),
    Band("severity:moderate", 42.0, (48.0, 55.0)),
    Band("severity:severe", 61.0, (67.0, 72.0)),
)
"""Percent of the height of the sound discs of the region; limits of our own."""
CANAL = (
    Band("severity:severe", 0.0, (4.6, 5.8)),
    Band("severity:moderate", 7.0, (8.0, 8.9)),
    Band("severity:mild", 10.0, (10.9, 11.9)),
)
"""Mid-sagittal diameter in mm; a canal of 12.7 mm or more is no stenosis. Limits of our own around the usual 10 mm."""
WIDE_CANAL = 12.7
"""mm; see `CANAL`."""
SCOLIOSIS = 10.0
"""Degrees (Cobb); less is no scoliosis."""


def grade_of(value: float, bands: tuple[Band, ...]) -> str | None:
    """Return the grade of a measured size; None below the first band."""
    held = [band.grade for band in bands if value >= band.low]
    return held[-1] if held else None
