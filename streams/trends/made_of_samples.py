"""What the events from a source to a decision leave for counting, read from lean parts: texts are not even read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generation.items import Axis, Kind
from generation.model import Growing
from generation.samples import DecisionKind
from generation.sources import Language, Split


class _Source(Growing):
    id: str
    version: str
    split: Split
    media_type: str

    def fields(self) -> dict[str, Any]:
        return {"source": self.id, "version": self.version, "split": self.split.value}


class _Registered(Growing):
    source: _Source


class _Split(Growing):
    source: _Source
    language: Language
    passages: int


class _Answer(Growing):
    adapter: str | None = None
    model: str
    prompt_tokens: int
    output_tokens: int
    seconds: float

    def fields(self) -> dict[str, Any]:
        return {
            "adapter": self.adapter or "",
            "model": self.model,
            "prompt_tokens": self.prompt_tokens,
            "output_tokens": self.output_tokens,
            "seconds": self.seconds,
        }


class _Reading(Growing):
    provenance: _Answer | None = None


class _Read(Growing):
    split: _Split
    reading: _Reading


class _Plan(Growing):
    items: int


class _Planned(Growing):
    source: _Source
    plans: tuple[_Plan, ...]


class _Target(Growing):
    level: str


class _Item(Growing):
    id: str
    source: _Source
    kind: Kind
    language: Language
    axis: Axis
    target: _Target

    def fields(self) -> dict[str, Any]:
        told = {"kind": self.kind.value, "language": self.language.value, "axis": self.axis.value}
        return {"item": self.id, **self.source.fields(), **told, "level": self.target.level}


class _ItemPlanned(Growing):
    item: _Item


class _Written(Growing):
    round: int
    reasons: tuple[str, ...] = ()
    provenance: _Answer


class _ItemDrafted(Growing):
    item: _Item
    draft: _Written


class _ItemRevised(Growing):
    item_id: str
    source_id: str
    source_version: str
    revision: _Written


class _Decision(Growing):
    item: str
    seq: int
    kind: DecisionKind
    simulated: bool = False


class _Decided(Growing):
    source_id: str
    source_version: str
    decision: _Decision


class _Withdrawn(Growing):
    source_id: str


def _registered(told: _Registered) -> dict[str, Any]:
    return {**told.source.fields(), "media_type": told.source.media_type}


def _split(told: _Split) -> dict[str, Any]:
    return {**told.source.fields(), "language": told.language.value, "passages": told.passages}


def _read(told: _Read) -> dict[str, Any]:
    answered = told.reading.provenance
    return {**_split(told.split), **(answered.fields() if answered else {})}


def _planned(told: _Planned) -> dict[str, Any]:
    return {**told.source.fields(), "items": sum(one.items for one in told.plans)}


def _item_planned(told: _ItemPlanned) -> dict[str, Any]:
    return told.item.fields()


def _drafted(told: _ItemDrafted) -> dict[str, Any]:
    return {**told.item.fields(), **_written(told.draft)}


def _revised(told: _ItemRevised) -> dict[str, Any]:
    named = {"item": told.item_id, "source": told.source_id, "version": told.source_version}
    return {**named, **_written(told.revision)}


def _written(told: _Written) -> dict[str, Any]:
    return {"round": told.round, "reasons": list(told.reasons), **told.provenance.fields()}


def _decided(told: _Decided) -> dict[str, Any]:
    made = told.decision
    return {
        "item": made.item,
        "source": told.source_id,
        "version": told.source_version,
        "seq": made.seq,
        "decision": made.kind.value,
        "simulated": made.simulated,
    }


def _withdrawn(told: _Withdrawn) -> dict[str, Any]:
    return {"source": told.source_id}


SAMPLE_READINGS: Mapping[str, tuple[type[Growing], Callable[[Any], dict[str, Any]]]] = {
    "sources": (_Registered, _registered),
    "passages": (_Split, _split),
    "readings": (_Read, _read),
    "plans": (_Planned, _planned),
    "planned": (_ItemPlanned, _item_planned),
    "drafted": (_ItemDrafted, _drafted),
    "revised": (_ItemRevised, _revised),
    "decisions": (_Decided, _decided),
    "withdrawals": (_Withdrawn, _withdrawn),
}
"""By topic: the part of the payload that is read, and what it gives."""
