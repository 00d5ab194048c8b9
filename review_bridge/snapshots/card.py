"""The card of a dataset: what is in it, of whom, and what was left out. It holds no time: the same request for the same
samples gives the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import orjson
from pydantic import Field

from generation.dataset import SnapshotRow
from generation.items import Axis, Kind
from generation.model import Growing
from generation.sources import Language, Split
from review_bridge.snapshots.selection import Candidate, LeftOut
from streams.model_payloads import SHA256, SnapshotRequested


class Cell(Growing):
    """Samples of one kind, language, axis and split."""

    kind: Kind
    language: Language
    axis: Axis
    split: Split
    samples: int = Field(ge=1)


class CardSource(Growing):
    """A source version that samples come from."""

    id: str
    version: str
    title: str
    licence: str | None = None
    phantom: bool = False
    samples: int = Field(ge=1)


class Cleaning(Growing):
    """How the dataset was cleaned."""

    duplicate: float
    """Jaccard similarity from which two samples were taken for one."""
    bench: str | None = None
    """Digest of the bench version whose overlap was taken out; None: no bench was known."""
    overlap: str | None = None
    """Address of the index it was found with."""


class Card(Growing):
    """What a dataset is."""

    snapshot: str = Field(pattern=SHA256)
    """sha256 of the manifest: the dataset's name."""
    request: SnapshotRequested
    """Why it was made."""
    samples: int = Field(ge=0)
    simulated: int = Field(ge=0)
    """Samples on which a decision was simulated; one is enough to mark the dataset."""
    phantom: int = Field(ge=0)
    """Samples of studies of nobody."""
    states: dict[str, int]
    """Accepted and edited."""
    counts: tuple[Cell, ...]
    sources: tuple[CardSource, ...]
    licences: dict[str, int]
    """Samples by licence; `none stated` where a source states none."""
    criteria: dict[str, int]
    """Samples by the version of the criteria that they were revised by."""
    models: dict[str, int]
    """Samples by what drafted them."""
    left_out: dict[LeftOut, int]
    """Accepted and edited samples that are not in it, by why."""
    cleaning: Cleaning

    def content(self) -> bytes:
        """Return the canonical bytes, whose sha256 is the card's address."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


NO_LICENCE = "none stated"
UNKNOWN = "unknown"


def card_of(
    snapshot: str,
    request: SnapshotRequested,
    candidates: Sequence[Candidate],
    left_out: Mapping[LeftOut, int],
    cleaning: Cleaning,
) -> Card:
    """Return the card of a dataset of these samples."""
    rows = [one.row for one in candidates]
    return Card(
        snapshot=snapshot,
        request=request,
        samples=len(rows),
        simulated=sum(row.simulated for row in rows),
        phantom=sum(row.phantom for row in rows),
        states=_counted([row.state.value for row in rows]),
        counts=_cells(rows),
        sources=_sources(candidates),
        licences=_counted([row.licence or NO_LICENCE for row in rows]),
        criteria=_counted([one.criteria or UNKNOWN for one in candidates]),
        models=_counted([one.model or UNKNOWN for one in candidates]),
        left_out={why: left_out.get(why, 0) for why in LeftOut},
        cleaning=cleaning,
    )


def _cells(rows: Sequence[SnapshotRow]) -> tuple[Cell, ...]:
    found = Counter((row.kind, row.language, row.axis, row.split) for row in rows)
    return tuple(
        Cell(kind=kind, language=language, axis=axis, split=split, samples=n)
        for (kind, language, axis, split), n in sorted(found.items())
    )


def _sources(candidates: Sequence[Candidate]) -> tuple[CardSource, ...]:
    first = {one.row.version: one for one in reversed(candidates)}
    found = Counter(one.row.version for one in candidates)
    ordered = sorted(first.values(), key=lambda one: (one.row.source, one.row.version))
    return tuple(
        CardSource(
            id=one.row.source,
            version=one.row.version,
            title=one.title,
            licence=one.row.licence,
            phantom=one.row.phantom,
            samples=found[one.row.version],
        )
        for one in ordered
    )


def _counted(values: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
