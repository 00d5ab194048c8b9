"""A person asks for a training run: what is written, and what it asks whom."""

from __future__ import annotations

from uuid import uuid4

from generation.sources import Split
from spinestream.wiring import Parts
from streams import topics
from streams.events import Event
from streams.model_payloads import SnapshotMade, SnapshotRequested
from training.settings import TrainSettings

ASKED = "train:"
"""How the request of a run that a person asked for begins."""


async def ask_for_run(
    parts: Parts, settings: TrainSettings, snapshot: str | None, who: str, why: str, *, simulated: bool
) -> str:
    """Write down that somebody wants a run (a command; its event has to be sent) and return the id of the request.

    On a snapshot that is there, the trainer is told of it anew; else a new one is asked for, and the trainer is told
    when it is made. Raises SnapshotUnknown.
    """
    request = f"{ASKED}{uuid4()}"
    if snapshot is None:
        event = await _of_a_new_one(parts, request, who, why, simulated=simulated)
    else:
        event = await _of_one_that_is_there(parts, request, snapshot)
    await parts.runs.ask(request, event, settings, who)
    return request


async def _of_a_new_one(parts: Parts, request: str, who: str, why: str, *, simulated: bool) -> Event:
    accepted = await parts.store.usable(Split.TRAIN)
    wanted = SnapshotRequested(request=request, why=why, accepted=accepted, who=who, simulated=simulated)
    return topics.SNAPSHOT_REQUESTS.event(wanted, key=request, subject=request, source="front-door")


async def _of_one_that_is_there(parts: Parts, request: str, name: str) -> Event:
    found = await parts.snapshots.get(name)
    made = SnapshotMade(
        snapshot=found.digest, request=request, card=found.card, samples=found.samples, simulated=found.simulated
    )
    return topics.SNAPSHOTS.event(made, key=found.digest, subject=found.digest, source="front-door", detail=request)
