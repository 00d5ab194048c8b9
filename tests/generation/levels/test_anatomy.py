"""The order of the levels and their neighbours."""

from __future__ import annotations

import pytest

from generation.levels import (
    ROOTS,
    VERTEBRAE,
    Region,
    UnknownLevel,
    discs_between,
    is_disc,
    neighbours,
    region,
    sort_levels,
    vertebrae_of,
)

DISCS = discs_between("C1", "S5")


def test_the_column() -> None:
    assert len(VERTEBRAE) == 7 + 13 + 6 + 5
    assert VERTEBRAE[0] == "C1"
    assert VERTEBRAE[-1] == "S5"
    assert "C8" not in VERTEBRAE
    assert ROOTS.index("C7") + 1 == ROOTS.index("C8") == ROOTS.index("T1") - 1


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("L4/L5", ("L3/L4", "L5/S1")),
        ("L5/S1", ("L4/L5",)),
        ("C2/C3", ("C3/C4",)),
        ("C1/C2", ("C2/C3",)),
        ("C7/T1", ("C6/C7", "T1/T2")),
        ("T12/L1", ("T11/T12", "L1/L2")),
        ("L5/L6", ("L4/L5", "L6/S1")),
        ("L6/S1", ("L5/L6",)),
        ("T13/L1", ("T12/T13", "L1/L2")),
        ("S1/S2", ("L5/S1",)),
        ("L4", ("L3", "L5")),
        ("L5", ("L4", "S1")),
        ("T12", ("T11", "L1")),
        ("C1", ("C2",)),
        ("S1", ("L5",)),
        ("S5", ("S4",)),
        ("L6", ("L5", "S1")),
        ("T13", ("T12", "L1")),
        ("C8", ()),
    ],
)
def test_neighbours(level: str, expected: tuple[str, ...]) -> None:
    assert neighbours(level) == expected


@pytest.mark.parametrize("level", [*VERTEBRAE, *DISCS])
def test_a_neighbour_is_of_the_same_kind_and_implies_no_transitional_vertebra(level: str) -> None:
    for other in neighbours(level):
        assert is_disc(other) == is_disc(level)
        assert {"T13", "L6"} & set(vertebrae_of(other)) <= set(vertebrae_of(level))


def test_discs_between() -> None:
    assert discs_between("L3", "S1") == ("L3/L4", "L4/L5", "L5/S1")
    assert discs_between("L4", "L4") == discs_between("S1", "L4") == ()
    assert discs_between("T11", "L1") == ("T11/T12", "T12/L1")
    assert discs_between("L4", "S1", through=["L6"]) == ("L4/L5", "L5/L6", "L6/S1")


@pytest.mark.parametrize("name", ["L7", "L4/S1", "L5/L4", "", "L4/L5/S1", "l4", "L4-L5", "C8/T1", "/"])
def test_what_is_no_level_is_refused(name: str) -> None:
    with pytest.raises(UnknownLevel, match="canonical level"):
        vertebrae_of(name)


def test_discs_need_vertebrae() -> None:
    with pytest.raises(UnknownLevel):
        discs_between("C8", "T1")


def test_order_and_region() -> None:
    assert sort_levels(["S1", "L4/L5", "C5", "L4", "L4", "L3/L4"]) == ("C5", "L3/L4", "L4", "L4/L5", "S1")
    assert [region(x) for x in ("C7/T1", "T12", "L5/S1", "S2", "C8")] == [
        Region.CERVICAL,
        Region.THORACIC,
        Region.LUMBAR,
        Region.SACRAL,
        Region.CERVICAL,
    ]
