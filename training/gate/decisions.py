"""What the gate has decided (collection `gate_decisions`): one document a comparison, each with its look.

A document is written once and settled at most once more, by a person where approval is asked for. It holds the event
that told it (`told`), and after a person's command the event of that (`event`, marked unsent).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from streams import topics
from streams.events import Event, now
from streams.model_payloads import CandidateJudged, ComparisonMade, Judgement
from streams.outbox import index_unsent, unsent

COLLECTION = "gate_decisions"
Document = dict[str, Any]


class GateDecisions:
    """Owner of the gate's decisions."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self.database = database
        self.documents = database[COLLECTION]

    async def prepare(self) -> None:
        """Create the indexes. One look of a bench version is one comparison, whoever writes at the same time."""
        await self.documents.create_index([("bench", 1), ("look", 1)], unique=True, name="look")
        await self.documents.create_index("candidate")
        await index_unsent(self.documents)

    async def get(self, comparison: str) -> Document | None:
        """Return what was decided on a comparison."""
        return await self.documents.find_one({"_id": comparison})

    async def of(self, candidate: str) -> list[Document]:
        """Return what was decided on a candidate, the latest first."""
        return await self.documents.find({"candidate": candidate}).sort([("at", -1), ("_id", 1)]).to_list()

    async def looks(self, bench: str) -> int:
        """Return how many comparisons were judged against a bench version."""
        last = await self.documents.find_one({"bench": bench}, {"look": 1}, sort=[("look", -1)])
        return int(last["look"]) if last else 0

    async def record(self, made: ComparisonMade, decide: Callable[[int], CandidateJudged]) -> Document:
        """Write down what `decide` says of a comparison at its look, if nothing is; returns what stands."""
        while True:
            document = _document(made, decide(await self.looks(made.bench) + 1))
            try:
                await self.documents.insert_one(document)
            except DuplicateKeyError:
                # Either the comparison was judged meanwhile, or another one took this look.
                found = await self.get(made.comparison)
                if found is not None:
                    return found
            else:
                return document

    async def settle(self, document: Mapping[str, Any], judged: CandidateJudged, who: str) -> Document | None:
        """Write a person's decision over a waiting one, with its unsent event; None where it waits no more."""
        event = judged_event(judged)
        change = {"judgement": judged.judgement.value, "payload": judged.model_dump(mode="json"), "who": who}
        done = await self.documents.update_one(
            {"_id": document["_id"], "judgement": Judgement.WAITING.value},
            {"$set": {**change, "settled": now(), **unsent(event)}},
        )
        return await self.get(document["_id"]) if done.modified_count else None

    async def carried_out(self, comparison: str, left: str = "") -> None:
        """Note that a promotion was carried out, or why it was left."""
        await self.documents.update_one({"_id": comparison}, {"$set": {"carried_out": True, "left": left}})

    async def open_promotions(self) -> list[Document]:
        """Return the promotions that were decided and not carried out: a crash came between."""
        wanted = {"judgement": Judgement.PROMOTED.value, "carried_out": False}
        return await self.documents.find(wanted).sort("at", 1).to_list()


def judged_event(judged: CandidateJudged) -> Event:
    """Return the event that tells of a judgement; a person's, on one that waited, is another event."""
    return topics.JUDGEMENTS.event(
        judged, key=judged.comparison, subject=judged.comparison, source="gate", detail=judged.judgement.value
    )


def _document(made: ComparisonMade, judged: CandidateJudged) -> Document:
    return {
        "_id": made.comparison,
        "bench": made.bench,
        "look": judged.look,
        "candidate": made.candidate.name,
        "adapter": made.candidate.model_dump(mode="json"),
        "champion": made.champion,
        "judgement": judged.judgement.value,
        "payload": judged.model_dump(mode="json"),
        "simulated": made.simulated,
        "who": "gate",
        "at": now(),
        "told": judged_event(judged).stored(),
        "carried_out": False,
    }
