"""The registry of adapters and the history of champions (collections `adapters`, `promotions`).

Who the champion is stands in one place: the entry of `promotions` with the highest `seq`. All states follow from it, so
no crash can leave two of them at odds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo import DESCENDING
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from streams import topics
from streams.events import now
from streams.model_payloads import AdapterRef, Judgement, ModelPromoted, Move
from streams.outbox import index_unsent, unsent
from training.adapter_record import (
    BARE,
    AdapterRecord,
    AdapterState,
    Promotion,
    candidate_event,
    line_of,
    state_of,
)
from training.errors import AdapterUnknown, NotPromotable
from training.gate.decisions import COLLECTION

log = logging.getLogger(__name__)

Next = tuple[AdapterRef | None, Move]
Decide = Callable[[Sequence[Promotion]], Next | None]
"""From the history, oldest first, to what answers next; None where nothing is to change."""


class Registry:
    """Owner of adapters and of who the champion is."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self.adapters = database["adapters"]
        self.promotions = database["promotions"]
        self._judged = database[COLLECTION]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.adapters.create_index("sources")
        await self.adapters.create_index([("made", DESCENDING)])
        await self.promotions.create_index(
            "once", unique=True, partialFilterExpression={"once": {"$exists": True}}, name="once"
        )
        await index_unsent(self.promotions)
        await index_unsent(self.adapters)

    async def add(self, record: AdapterRecord) -> AdapterRecord:
        """Insert an adapter if absent; returns the one that is there."""
        try:
            await self.adapters.insert_one({"_id": record.ref.name, **record.model_dump(mode="json")})
        except DuplicateKeyError:
            return await self.get(record.ref.name)
        return record

    async def get(self, name: str) -> AdapterRecord:
        """Return an adapter; raises AdapterUnknown."""
        found = await self.find(name)
        if found is None:
            raise AdapterUnknown(f"no adapter is called {name!r}: `spinestream models list` shows them")
        return found

    async def find(self, name: str) -> AdapterRecord | None:
        """Return an adapter, None where there is none of that name."""
        found = await self.adapters.find_one({"_id": name})
        return AdapterRecord.model_validate(found) if found else None

    async def listed(self) -> tuple[tuple[AdapterRecord, AdapterState], ...]:
        """Return every adapter with its state, the newest first."""
        history, refused = await self.history(), await self._refused()
        found = self.adapters.find().sort([("made", DESCENDING), ("_id", 1)])
        records = [AdapterRecord.model_validate(one) async for one in found]
        return tuple((one, state_of(one, history, refused)) for one in records)

    async def state(self, record: AdapterRecord) -> AdapterState:
        """Return the state of one adapter."""
        return state_of(record, await self.history(), await self._refused())

    async def history(self) -> tuple[Promotion, ...]:
        """Return who was promoted and rolled back to, the oldest first."""
        return tuple([_promotion(one) async for one in self.promotions.find().sort("_id", 1)])

    async def champion(self) -> AdapterRef | None:
        """Return what is to answer now; None: the bare model."""
        newest = await self.promotions.find_one(sort=[("_id", DESCENDING)])
        return _promotion(newest).adapter if newest else None

    async def check(self, adapter: AdapterRef) -> None:
        """Raise NotPromotable for an adapter that is tainted."""
        known = await self.find(adapter.name)
        if known is not None and known.tainted:
            raise NotPromotable(
                f"{adapter.name} has seen sources that were withdrawn ({', '.join(known.tainted[:5])}): train anew"
            )

    async def promote(
        self, adapter: AdapterRef, *, who: str, why: str, once: str | None = None, instead_of: str | None = None
    ) -> Promotion:
        """Make an adapter the champion (a command); its event has to be sent. Returns the entry that says so.

        Nothing is written where it is the champion already, or where a promotion of the same `once` is there, whatever
        came after it: so whoever is told to promote twice does it once. `instead_of` names the one champion (empty: the
        bare model) whose place it may take; None: whoever is.

        Raises NotPromotable for an adapter that is tainted, and where another is the champion than `instead_of`.
        """
        await self.check(adapter)

        def decide(history: Sequence[Promotion]) -> Next | None:
            live = history[-1].name if history else ""
            if history and live == adapter.name:
                return None
            if instead_of is not None and live != instead_of:
                raise NotPromotable(f"{live or 'the bare model'} became the champion meanwhile")
            return adapter, Move.PROMOTED

        return await self._append(decide, who, why, once)

    async def rollback(self, *, who: str, why: str, to: str | None = None) -> Promotion:
        """Go back to an earlier champion (a command); its event has to be sent. Returns the entry that says so.

        `to` names one that was the champion before (`bare`: the bare model); None goes back one, past those that are
        tainted. Raises NotPromotable where there is none to go back to.
        """
        tainted = {one["_id"] async for one in self.adapters.find({"tainted": {"$ne": []}}, {"_id": 1})}

        def decide(history: Sequence[Promotion]) -> Next | None:
            return _back(line_of(history), to, tainted), Move.ROLLED_BACK

        return await self._append(decide, who, why, None)

    async def ask_again(self, name: str) -> AdapterRecord:
        """Have an adapter scored beside who is the champion now, on the newest bench version, and judged (a command);
        its event has to be sent. Returns the adapter.

        Raises AdapterUnknown, and NotPromotable for one that is tainted or is the champion.
        """
        record, live = await self.get(name), await self.champion()
        await self.check(record.ref)
        if live is not None and live.name == name:
            raise NotPromotable(f"{name} is the champion: there is nobody to be scored beside")
        event = candidate_event(record.model_copy(update={"champion": live}), f"asked for {now()}")
        await self.adapters.update_one({"_id": name}, {"$set": unsent(event)})
        return record

    async def taint(self, source: str) -> tuple[str, ...]:
        """Mark the adapters that saw a withdrawn source; returns the names of all of them."""
        await self.adapters.update_many({"sources": source}, {"$addToSet": {"tainted": source}})
        names = [one["_id"] async for one in self.adapters.find({"sources": source}, {"_id": 1})]
        champion = await self.champion()
        if champion is not None and champion.name in names:
            log.warning("the champion %s has seen withdrawn source %s: roll back, or train anew", champion.name, source)
        return tuple(sorted(names))

    async def _append(self, decide: Decide, who: str, why: str, once: str | None) -> Promotion:
        """Add the next entry; who loses the race for a `seq` decides again."""
        while True:
            if once is not None and (found := await self.promotions.find_one({"once": once})):
                return _promotion(found)
            history = await self.history()
            following = decide(history)
            if following is None:
                return history[-1]
            entry = _entry(history, following, who, why)
            event = topics.PROMOTIONS.event(_told(entry), key="model", subject=f"model-{entry.seq}", source="registry")
            document = {"_id": entry.seq, **entry.model_dump(mode="json"), **unsent(event)}
            if once is not None:
                document["once"] = once
            try:
                await self.promotions.insert_one(document)
            except DuplicateKeyError:
                continue
            return entry

    async def _refused(self) -> frozenset[str]:
        """Return the adapters whose last judgement was a refusal."""
        found = self._judged.find({}, {"candidate": 1, "judgement": 1}).sort([("at", 1), ("_id", 1)])
        last = {one["candidate"]: one["judgement"] async for one in found}
        return frozenset(name for name, judgement in last.items() if judgement == Judgement.REFUSED.value)


def _back(line: Sequence[AdapterRef | None], to: str | None, tainted: set[str]) -> AdapterRef | None:
    """Return what to go back to in a line of champions, of which the last one answers now."""
    if to is None:
        for ref in reversed(line[:-1]):
            if ref is None or ref.name not in tainted:
                return ref
        raise NotPromotable("the bare model answers already: there is nothing to go back to")
    wanted = "" if to == BARE else to
    found = [ref for ref in line[:-1] if (ref.name if ref else "") == wanted]
    if not found:
        raise NotPromotable(f"{to} is none of those that one can go back to: promote it, or look at `models list`")
    if wanted in tainted:
        raise NotPromotable(f"{to} has seen sources that were withdrawn: go back to another")
    return found[-1]


def _entry(history: Sequence[Promotion], following: Next, who: str, why: str) -> Promotion:
    seq = history[-1].seq + 1 if history else 1
    previous = history[-1].name if history else ""
    return Promotion(seq=seq, adapter=following[0], previous=previous, move=following[1], who=who, why=why, when=now())


def _told(entry: Promotion) -> ModelPromoted:
    return ModelPromoted.model_validate(entry.model_dump(exclude={"when"}))


def _promotion(found: Mapping[str, Any]) -> Promotion:
    return Promotion.model_validate(found)
