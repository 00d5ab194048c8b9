"""What events say: one pydantic model per event type. Schemas only grow: a new field has a default."""

from __future__ import annotations

from pydantic import Field

from generation.items import Kind, PlannedItem
from generation.model import Growing
from generation.readings import Reading
from generation.samples import Decision, Draft, Revision
from generation.sources import Language, SourceRef


class Wanted(Growing):
    """A kind of sample asked for of a source, in a language."""

    kind: Kind
    language: Language | None = None
    """None: the source's own, which its split tells (`streams.wanted.resolved`)."""


class SourceRegistered(Growing):
    """A source version came in; its bytes lie in the blob store."""

    source: SourceRef
    name: str
    """How the front door's screen names it: a relative path for documents, a spool id for cases."""
    blob: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    """Bytes."""
    language: Language | None = None
    """What the side file says; none: told from the text."""
    wanted: tuple[Wanted, ...]


class SourceSplit(Growing):
    """A source was split into passages, which lie in the blob store as one `generation.sources.Document`."""

    source: SourceRef
    document: str = Field(pattern="^[0-9a-f]{64}$")
    language: Language
    passages: int = Field(ge=0)
    wanted: tuple[Wanted, ...]
    """Every pair names its language."""


class SourceRead(Growing):
    """A split source was read by an engine: where in the field it belongs. What was split goes along, for its plan."""

    split: SourceSplit
    reading: Reading

    @property
    def source(self) -> SourceRef:
        """What was read."""
        return self.split.source


class PlanMade(Growing):
    """One plan of a source."""

    id: str
    kind: Kind
    language: Language
    items: int = Field(ge=0)


class SourcePlanned(Growing):
    """It is decided which items a source gives; zero is an answer too."""

    source: SourceRef
    plan_version: str
    plans: tuple[PlanMade, ...]


class ItemPlanned(Growing):
    """An item is to be drafted."""

    item: PlannedItem


class ItemDrafted(Growing):
    """An item has its draft."""

    item: PlannedItem
    draft: Draft


class ItemRevised(Growing):
    """An item has its revision; `revision.reasons` is empty when it goes to the review queue."""

    item_id: str
    source_id: str
    source_version: str
    revision: Revision


class SampleDecided(Growing):
    """A person (or a marked simulation) decided on a sample."""

    source_id: str
    source_version: str
    decision: Decision


class SourceWithdrawn(Growing):
    """A source id is withdrawn: everything that came of it is retracted."""

    source_id: str
    who: str
    when: str
    why: str
