"""Reads the candidates of a dataset out of the store, and what is to be known of their sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from generation.cases import CASE_MEDIA_TYPE, Case
from generation.overlap import Index
from review_bridge.errors import SourceUnregistered
from review_bridge.sample import Sample
from review_bridge.snapshots.duplicates import near_duplicates
from review_bridge.snapshots.selection import LOOKED_AT, Candidate, LeftOut, candidate_of
from review_bridge.store import SampleStore
from review_bridge.withdrawal import Tombstones
from streams.blobs import BlobStore
from streams.sources import Sources

_BATCH = 500


class Collected(NamedTuple):
    """What may go in, ordered by id, and how many samples are left out for what."""

    candidates: tuple[Candidate, ...]
    left_out: Counter[LeftOut]


async def collect(store: SampleStore, withdrawn: Tombstones, *, simulated: bool) -> Collected:
    """Return the candidates there are now.

    The tombstones are read after the last sample: no source that was withdrawn before this returns is in it, whether or
    not the sweep has come by.
    """
    looked_at: list[tuple[frozenset[str], Candidate | LeftOut]] = []
    last = ""
    while samples := await store.list(LOOKED_AT, limit=_BATCH, after=last):
        chosen = [(_names(sample), candidate_of(sample, simulated=simulated)) for sample in samples]
        looked_at += [(names, one) for names, one in chosen if one is not None]
        last = samples[-1].id
    gone = frozenset(await withdrawn({name for names, _ in looked_at for name in names}))
    settled = [_withdrawn(one) if gone & names else one for names, one in looked_at]
    return Collected(
        tuple(one for one in settled if isinstance(one, Candidate)),
        Counter(one for one in settled if isinstance(one, LeftOut)),
    )


def cleaned(collected: Collected, bench: Index | None, threshold: float) -> Collected:
    """Return what is left without overlap with the bench and near-duplicates, both counted.

    Overlap goes first: a sample that the bench knows must not take another one along.
    """
    clean = [one for one in collected.candidates if bench is None or not bench.overlaps(one.text)]
    repeats = near_duplicates({one.row.id: one.text for one in clean}, threshold)
    left_out = Counter(collected.left_out)
    left_out[LeftOut.OVERLAP] += len(collected.candidates) - len(clean)
    left_out[LeftOut.DUPLICATE] += len(repeats)
    return Collected(tuple(one for one in clean if one.row.id not in repeats), left_out)


async def mark_phantoms(candidates: Sequence[Candidate], sources: Sources, blobs: BlobStore) -> tuple[Candidate, ...]:
    """Return the candidates, those of phantom studies marked; raises SourceUnregistered for a case nobody knows."""
    cases = {one.row.version for one in candidates if one.media_type == CASE_MEDIA_TYPE}
    phantoms = await _phantoms(sorted(cases), sources, blobs)
    return tuple(
        one._replace(row=one.row.model_copy(update={"phantom": True})) if one.row.version in phantoms else one
        for one in candidates
    )


async def _phantoms(versions: Collection[str], sources: Sources, blobs: BlobStore) -> frozenset[str]:
    known = {one["_id"]: one["blob"] for one in await sources.known(versions)}
    if strange := [version for version in versions if version not in known]:
        raise SourceUnregistered(strange[0])
    read = [(version, Case.model_validate_json(await blobs.get(known[version]))) for version in versions]
    return frozenset(version for version, case in read if case.phantom)


def _names(sample: Sample) -> frozenset[str]:
    return frozenset(sample.source or ())


def _withdrawn(one: Candidate | LeftOut) -> LeftOut:
    """Count a sample whose source is gone the same way whether or not the sweep has retracted it by now."""
    return LeftOut.OTHER_SPLIT if one is LeftOut.OTHER_SPLIT else LeftOut.WITHDRAWN
