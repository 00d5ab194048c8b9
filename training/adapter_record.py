"""An adapter as the registry knows it, and the state that what was decided gives it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from pydantic import Field

from generation.model import Growing
from streams import topics
from streams.events import Event
from streams.model_payloads import AdapterMade, AdapterRef, Move
from training.lora.job import Result

BARE = "bare"
"""What people call the bare model where an adapter is named."""


class AdapterState(StrEnum):
    """What an adapter is at the moment. It is a function of promotions, judgements and withdrawals, and not stored."""

    CANDIDATE = "candidate"
    """It was made, and not decided on."""
    CHAMPION = "champion"
    """It is to answer now."""
    RETIRED = "retired"
    """It was the champion once."""
    REFUSED = "refused"
    """The gate, or a person, refused it."""
    TAINTED = "tainted"
    """It has seen a source that was withdrawn, and cannot become the champion. A champion that has stays one until
    another is promoted, and is marked."""


class Card(Growing):
    """What an adapter is made of."""

    config: str
    """Digest of the settings that decided about it, and of the model."""
    seed: int
    init_from: str
    samples: int = Field(ge=0)
    new: int = Field(ge=0)
    replayed: int = Field(ge=0)
    phantom: int = Field(ge=0)
    """Samples of studies of nobody."""
    simulated: int = Field(ge=0)
    """Samples whose decision was simulated."""
    random_weights: bool = False
    """Whether the model was never trained."""
    result: Result


class AdapterRecord(Growing):
    """An adapter with its lineage."""

    ref: AdapterRef
    run: str
    snapshot: str
    parent: str
    """Name of the adapter it started from; empty for none."""
    ancestors: tuple[str, ...] = ()
    """The parent and all before it, the nearest first."""
    sources: tuple[str, ...]
    """Ids of every source that it or an ancestor has seen."""
    seen: str
    """Address of the list of samples that it or an ancestor has seen (`training.data.seen_blob`)."""
    simulated: bool
    """Whether simulated decisions are in what it or an ancestor was trained on."""
    champion: AdapterRef | None = None
    """What answered when it was made; None: the bare model."""
    card: Card
    made: str
    tainted: tuple[str, ...] = ()
    """Sources it has seen that were withdrawn since."""


def candidate_event(record: AdapterRecord, detail: str = "") -> Event:
    """Return the event that has an adapter scored beside its `champion`; another `detail` is another event."""
    made = AdapterMade(
        adapter=record.ref,
        run=record.run,
        snapshot=record.snapshot,
        parent=record.parent,
        simulated=record.simulated,
        champion=record.champion,
    )
    name = record.ref.name
    return topics.CANDIDATES.event(made, key=name, subject=name, source="trainer", detail=detail)


class Promotion(Growing):
    """An entry of the history of champions."""

    seq: int = Field(ge=1)
    adapter: AdapterRef | None
    previous: str
    move: Move
    who: str
    why: str
    when: str

    @property
    def name(self) -> str:
        """Name of the adapter; empty for the bare model."""
        return self.adapter.name if self.adapter else ""


def state_of(record: AdapterRecord, history: Sequence[Promotion], refused: Collection[str]) -> AdapterState:
    """Return the state of an adapter; `history` is in the order of `seq`, `refused` names those last refused."""
    name = record.ref.name
    if history and history[-1].name == name:
        return AdapterState.CHAMPION
    if record.tainted:
        return AdapterState.TAINTED
    if any(one.name == name for one in history):
        return AdapterState.RETIRED
    return AdapterState.REFUSED if name in refused else AdapterState.CANDIDATE


def line_of(history: Sequence[Promotion]) -> list[AdapterRef | None]:
    """Return the champions one may go back through, the bare model first and what answers now last.

    A promotion adds one; a rollback takes away all above the one it goes to. So going back twice goes two back.
    """
    line: list[AdapterRef | None] = [None]
    for one in history:
        if one.move is Move.ROLLED_BACK:
            names = [_name(ref) for ref in line]
            if one.name in names:
                del line[len(names) - names[::-1].index(one.name) :]
                continue
        line.append(one.adapter)
    return line


def _name(ref: AdapterRef | None) -> str:
    return ref.name if ref else ""
