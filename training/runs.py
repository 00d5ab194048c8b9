"""The register of training runs, and of what people ask the trainer for (collections `runs`, `run_requests`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import DESCENDING
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from streams.events import Event, now
from streams.model_payloads import AdapterRef
from streams.outbox import index_unsent, unsent
from training.errors import RunUnknown
from training.lora.job import Result, Step
from training.run import Course, Phase, Run, RunState
from training.settings import TrainSettings

POINTS = 200
"""Points of a loss curve that are kept."""


class Runs:
    """Owner of what is known of runs. A run that has ended is not changed any more, but for its mark of withdrawals."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self.documents = database["runs"]
        self.requests = database["run_requests"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.documents.create_index([("request", 1), ("snapshot", 1)])
        await self.documents.create_index("also")
        await self.documents.create_index("sources")
        await self.documents.create_index([("begun", DESCENDING)])
        await index_unsent(self.requests)

    async def ask(self, request: str, event: Event, settings: TrainSettings, who: str) -> None:
        """Write down that somebody wants a run of his own settings (a command); its event has to be sent."""
        told = {"settings": settings.model_dump(mode="json"), "who": who, "when": now()}
        await self.requests.insert_one({"_id": request, **told, **unsent(event)})

    async def asked(self, request: str) -> TrainSettings | None:
        """Return the settings that a request came with; None where it came with none."""
        found = await self.requests.find_one({"_id": request}, {"settings": 1})
        return TrainSettings.model_validate(found["settings"]) if found else None

    async def of_request(self, request: str, snapshot: str | None = None) -> Run | None:
        """Return the run that a request (for a snapshot) came to; None where it came to none yet."""
        of_snapshot = {"snapshot": snapshot} if snapshot else {}
        wanted = {**of_snapshot, "$or": [{"request": request}, {"also": request}]}
        found = await self.documents.find_one(wanted)
        return _read(found) if found else None

    async def begin(self, run: Run) -> Run:
        """Insert a run if it is not there; returns the one that is.

        One that was refused or has failed is begun anew for the new request. A trained one, or one that runs, stays;
        the request is added to those it has answered.
        """
        document = {"_id": run.id, **run.model_dump(mode="json", exclude={"id"})}
        try:
            await self.documents.insert_one(document)
        except DuplicateKeyError:
            return await self._again(run)
        return run

    async def _again(self, run: Run) -> Run:
        over = {"_id": run.id, "state": {"$in": [RunState.REFUSED.value, RunState.FAILED.value]}}
        old = await self.documents.find_one(over, {"request": 1})
        if old is not None:
            anew = {**run.model_dump(mode="json", exclude={"id", "also"})}
            done = await self.documents.update_one(
                {**over, "request": old["request"]}, {"$set": anew, "$addToSet": {"also": old["request"]}}
            )
            if done.modified_count:
                return await self.get(run.id)
        await self.documents.update_one(
            {"_id": run.id, "request": {"$ne": run.request}}, {"$addToSet": {"also": run.request}}
        )
        return await self.get(run.id)

    async def chose(
        self, run: str, *, samples: int, new: int, replayed: int, sources: Sequence[str], simulated: bool
    ) -> None:
        """Note what a run is trained on; it counts as taken in hand once more."""
        told = {"samples": samples, "new": new, "replayed": replayed, "sources": sorted(set(sources))}
        await self.documents.update_one(
            _running(run), {"$set": {**told, "simulated": simulated, "updated": now()}, "$inc": {"attempts": 1}}
        )

    async def enter(self, run: str, phase: Phase) -> None:
        """Note what a run is doing."""
        await self.documents.update_one(_running(run), {"$set": {"phase": phase.value, "updated": now()}})

    async def tell(self, run: str, step: Step, losses: Mapping[int, float]) -> None:
        """Note how far a run has come."""
        course = course_of(step, losses).model_dump(mode="json")
        await self.documents.update_one(_running(run), {"$set": {"course": course, "updated": now()}})

    async def end(
        self,
        run: str,
        state: RunState,
        *,
        why: str = "",
        adapter: AdapterRef | None = None,
        champion: AdapterRef | None = None,
        result: Result | None = None,
    ) -> Run:
        """Note how a run has ended; the first end counts. Returns the run as it stands."""
        told: dict[str, Any] = {"state": state.value, "why": why, "ended": now(), "updated": now()}
        for name, ref in (("adapter", adapter), ("champion", champion)):
            told[name] = ref.model_dump(mode="json") if ref else None
        if result is not None:
            last = Step(result.steps, result.steps, result.losses[-1], result.tokens, result.seconds)
            told["course"] = course_of(last, dict(enumerate(result.losses, 1))).model_dump(mode="json")
        await self.documents.update_one(_running(run), {"$set": told})
        return await self.get(run)

    async def get(self, run: str) -> Run:
        """Return a run; raises RunUnknown."""
        found = await self.documents.find_one({"_id": run})
        if found is None:
            raise RunUnknown(f"no run {run}: `spinestream train status` lists them")
        return _read(found)

    async def latest(self, limit: int = 20) -> tuple[Run, ...]:
        """Return the runs that were begun last, the newest first."""
        found = self.documents.find().sort([("begun", DESCENDING), ("_id", 1)]).limit(limit)
        return tuple([_read(one) async for one in found])

    async def known(self) -> frozenset[str]:
        """Return the ids of all runs."""
        return frozenset([one["_id"] async for one in self.documents.find({}, {"_id": 1})])

    async def taint(self, source: str) -> int:
        """Mark the runs that saw a withdrawn source; returns how many were not marked before."""
        done = await self.documents.update_many({"sources": source}, {"$addToSet": {"tainted": source}})
        return int(done.modified_count)


def course_of(step: Step, losses: Mapping[int, float]) -> Course:
    """Return how far a run has come, its curve thinned to `POINTS`, the last step always in it."""
    known = sorted(losses.items())
    every = -(-len(known) // POINTS) if known else 1
    kept = [one for number, one in enumerate(reversed(known)) if number % every == 0]
    return Course(
        step=step.step,
        steps=step.steps,
        loss=step.loss,
        losses=tuple(reversed(kept)),
        tokens=step.tokens,
        seconds=round(step.seconds, 3),
        tokens_per_second=round(step.tokens_per_second, 2),
    )


def _running(run: str) -> dict[str, Any]:
    return {"_id": run, "state": RunState.RUNNING.value}


def _read(found: Mapping[str, Any]) -> Run:
    return Run.model_validate({"id": found["_id"], **found})
