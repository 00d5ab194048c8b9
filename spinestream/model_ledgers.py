"""What the reconciler has to know of the loop's models: which of their events were lost with the broker's log.

A link of the loop is open while what follows from it is nowhere, and lost where it is open though its group has nothing
left to read. Nobody keeps where these events lie, so one that is told while this looks may be told twice: every stage
of the loop knows what it has done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

from actors.routes.stage import RouteStage
from review_bridge.snapshots.stage import made_event
from spinestream.wiring import Parts
from streams import topics
from streams.broker import Position
from streams.deadletters import DeadLetters
from streams.events import Event
from streams.reconciler import Outstanding
from training.adapter_record import candidate_event

TRAINER, SCORER, GATE = "trainer", "scorer", "gate"
"""Groups of stages that the role of the reconciler does not load; a test holds them to those."""
NEWEST = 50
"""Links of a kind that are looked at, the newest ones: what follows from an older one is nobody's next step."""

Open = Callable[[], Awaitable[Iterable[Event]]]


class LinkLedger:
    """A ledger of one kind of link: those of `open_` that do not lie in the dead letters."""

    def __init__(self, group: str, topic: str, open_: Open, dead_letters: DeadLetters) -> None:
        self._group = group
        self._open = open_
        self._dead_letters = dead_letters
        self.groups: Mapping[str, tuple[str, ...]] = {group: (topic,)}
        self.after: tuple[tuple[str, tuple[str, ...]], ...] = ((group, (topic,)),)

    async def outstanding(self) -> AsyncIterator[Outstanding]:
        """Yield the open links."""
        events = {event.subject: event for event in await self._open()}
        dead = await self._dead_letters.subjects(self._group, [*events]) if events else {}
        for subject in events.keys() - dead.keys():
            yield Outstanding(subject, partial(_given, events[subject]), self._group, None)

    async def moved(self, places: Sequence[tuple[str, Position]]) -> None:
        """Note nothing: until its group has read an event again, it is not idle."""


async def _given(event: Event) -> Event:
    return event


def model_ledgers(parts: Parts) -> tuple[LinkLedger, ...]:
    """Return a ledger for each link from a dataset to the route."""
    of = (
        (TRAINER, topics.SNAPSHOTS, _datasets),
        (SCORER, topics.CANDIDATES, _candidates),
        (GATE, topics.COMPARISONS, _comparisons),
        (RouteStage.group, topics.PROMOTIONS, _promotions),
    )
    return tuple(LinkLedger(group, topic.name, partial(open_, parts), parts.dead_letters) for group, topic, open_ in of)


async def _datasets(parts: Parts) -> list[Event]:
    """Return datasets that were to be trained on, of which no run has ended."""
    asked = await parts.runs.requests.find({"unsent": False}).sort("when", -1).limit(NEWEST).to_list()
    made = [(one.request, made_event(one)) for one in await parts.snapshots.requests.to_train(NEWEST)]
    made += [(one["_id"], Event.from_stored(one["event"])) for one in asked]
    runs = [
        (await parts.runs.of_request(request), event) for request, event in made if event.topic == topics.SNAPSHOTS.name
    ]
    return [event for run, event in runs if run is None or not run.over]


async def _candidates(parts: Parts) -> list[Event]:
    """Return adapters that were scored beside nobody."""
    found = [record for record, _ in (await parts.registry.listed())[:NEWEST]]
    names = [record.ref.name for record in found]
    compared = await parts.database["comparisons"].distinct("candidate.name", {"candidate.name": {"$in": names}})
    return [candidate_event(record) for record in found if record.ref.name not in compared]


async def _comparisons(parts: Parts) -> list[Event]:
    """Return comparisons with who is the champion now that were not judged; the gate leaves others alone."""
    live = await parts.registry.champion()
    champion = live.name if live else ""
    wanted = {"champion": champion, "candidate.name": {"$ne": champion}}
    found = await parts.database["comparisons"].find(wanted, {"event": 1}).sort("at", -1).limit(NEWEST).to_list()
    judged = await parts.gate.documents.distinct("_id", {"_id": {"$in": [one["_id"] for one in found]}})
    return [Event.from_stored(one["event"]) for one in found if one["_id"] not in judged]


async def _promotions(parts: Parts) -> list[Event]:
    """Return the newest promotion while the route has not heard of it."""
    newest = await parts.registry.promotions.find_one({"unsent": False}, sort=[("_id", -1)])
    wanted = (await parts.routes.look()).wanted
    if newest is None or (wanted is not None and wanted.seq >= newest["_id"]):
        return []
    return [Event.from_stored(newest["event"])]
