"""What the published scores give when they are put together again: totals, misprints, shares that are no count.

A part that is missing is not made up: where only the share of all multiple-choice questions is printed, it counts with
all of them. Where text and image are printed, they count themselves, since the printed mcq may be the misprint.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bench.published.scores import IMAGE, MCQ, PUBLISHED, REPORT, SOURCE, TEXT, Published
from bench.statistics.total import weighted_total

if TYPE_CHECKING:
    from rich.table import Table

SAME = 0.01
"""Percentage points by which a printed value may differ from the computed one: both come from rounded scores."""
_ROUNDED = 0.005
"""Half of the last decimal that is printed."""
_NOISE = 1e-9
"""What floating point adds."""


@dataclass(frozen=True, slots=True)
class Misprint:
    """A printed value that the other printed values contradict; percent."""

    field: str
    """`mcq` or `total`."""
    printed: float
    computed: float


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One row of the paper, checked; percent."""

    model: str
    text: float | None
    image: float | None
    mcq: float
    """As printed."""
    report: float
    total: float
    """What the formula gives from the printed scores, four decimals."""
    printed: float
    """The printed total."""
    misprints: tuple[Misprint, ...]
    not_integer: tuple[str, ...]
    """Fields whose printed share no whole number of right answers gives."""


def published_rows() -> list[dict[str, Any]]:
    """Return the paper's rows as plain values, in its order; the keys are the fields of `PublishedRow`."""
    return [
        {**asdict(one), "misprints": [asdict(each) for each in one.misprints], "not_integer": list(one.not_integer)}
        for one in map(check, PUBLISHED)
    ]


def check(row: Published) -> PublishedRow:
    """Return a row with its total computed and its faults named."""
    total = _total(row)
    computed = {"mcq": _mcq(row), "total": total}
    printed = {"mcq": row.mcq, "total": row.total}
    return PublishedRow(
        model=row.model,
        text=row.text,
        image=row.image,
        mcq=row.mcq,
        report=row.report,
        total=round(total, 4),
        printed=row.total,
        misprints=tuple(
            Misprint(field, printed[field], round(value, 2))
            for field, value in computed.items()
            if value is not None and abs(value - printed[field]) > SAME + _NOISE
        ),
        not_integer=tuple(
            field
            for field, value, of in (("text", row.text, TEXT), ("image", row.image, IMAGE), ("mcq", row.mcq, MCQ))
            if value is not None and right_of(value, of) is None
        ),
    )


def right_of(percent: float, of: int) -> int | None:
    """Return the number of right answers out of `of` that rounds to a printed share; None where none does."""
    nearest = round(percent * of / 100)
    return nearest if abs(100 * nearest / of - percent) <= _ROUNDED + _NOISE else None


def _total(row: Published) -> float:
    if row.text is not None and row.image is not None:
        return weighted_total({"text": (row.text, TEXT), "image": (row.image, IMAGE), "report": (row.report, REPORT)})
    return weighted_total({"mcq": (row.mcq, MCQ), "report": (row.report, REPORT)})


def _mcq(row: Published) -> float | None:
    """Return the share of all questions: from the counts where both parts are counts, for that is exact."""
    if row.text is None or row.image is None:
        return None
    text, image = right_of(row.text, TEXT), right_of(row.image, IMAGE)
    if text is not None and image is not None:
        return 100 * (text + image) / MCQ
    return weighted_total({"text": (row.text, TEXT), "image": (row.image, IMAGE)})


def published_table() -> Table:
    """Return the rows as a rich table; what is misprinted says what it should be."""
    from rich.table import Table

    table = Table(title=f"{SOURCE}; percent, total = ({TEXT} text + {IMAGE} image + {REPORT} report) / {MCQ + REPORT}")
    for name in ("model", "text", "image", "mcq", "report", "total", "printed", "misprints", "no count"):
        table.add_column(name, justify="left" if name in {"model", "misprints", "no count"} else "right")
    for one in map(check, PUBLISHED):
        scores = (one.text, one.image, one.mcq, one.report, one.total, one.printed)
        told = (f"{each.field}: {each.printed:.2f}, should be {each.computed:.2f}" for each in one.misprints)
        table.add_row(
            one.model,
            *("" if value is None else f"{value:.2f}" for value in scores),
            "; ".join(told),
            ", ".join(one.not_integer),
        )
    return table
