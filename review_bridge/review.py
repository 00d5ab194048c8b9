"""What a desk does: open the next sample, keep it, give it back, decide on it, take a decision back."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from generation.samples import Decision, DecisionKind, State
from review_bridge.decisions import decide, decided_event
from review_bridge.errors import DecisionConflict, NotReviewable, NotYours, SampleUnknown
from review_bridge.leases import Holder, Leases
from review_bridge.queue import ReviewQueue
from review_bridge.routing import route
from review_bridge.sample import Sample
from review_bridge.store import SampleStore

LOOK_AHEAD = 500
"""Samples at the head of the queue among which a desk looks for one that is free."""
REVIEWABLE = frozenset({State.QUEUED, State.HELD})

Tell = Callable[[], Awaitable[None]]
"""Sends the events of decisions that are marked unsent; may leave them to the reconciler."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A sample on a desk."""

    sample: Sample
    seen: int
    """How many decisions there are on it."""
    elsewhere: str | None = None
    """Name of the reviewer who has it open; None when the lease is this desk's."""


class Waiting(NamedTuple):
    """A sample in a list, in short."""

    id: str
    kind: str
    language: str
    state: State
    levels: tuple[str, ...]
    reasons: tuple[str, ...]
    since: datetime
    open_at: str | None
    """Name of the reviewer who has it open."""


class Review:
    """The samples to be reviewed, as desks see them."""

    def __init__(
        self, store: SampleStore, queue: ReviewQueue, leases: Leases, tell: Tell, teller: str = "desk"
    ) -> None:
        """`teller` is the role that the events of decisions name."""
        self._store = store
        self._queue = queue
        self._leases = leases
        self._tell = tell
        self._teller = teller

    async def next(self, holder: Holder, passed: Collection[str] = ()) -> Opened | None:
        """Lease and return the first queued sample that nobody has open; those `passed` come last. None when there is
        none."""
        ids = await self._queue.ids(LOOK_AHEAD)
        for item in sorted(ids, key=lambda one: one in passed):
            if (opened := await self._take(item, holder)) is not None:
                return opened
        return None

    async def _take(self, item_id: str, holder: Holder) -> Opened | None:
        if not await self._leases.take(item_id, holder):
            return None
        sample = await self._store.get(item_id)
        if sample is not None and sample.state is State.QUEUED:
            return Opened(sample, _seen(sample))
        await self._leases.give_back(item_id, holder)
        if sample is None:
            await self._queue.take_off([item_id])
        else:
            # Decided or withdrawn while the queue did not answer.
            await route(self._store, self._queue, await self._store.standings([item_id]))
        return None

    async def open(self, item_id: str, holder: Holder, *, leads: bool = False) -> Opened:
        """Open one sample, with a lease where nobody has it open; one that is decided only for who decided it, and for
        a lead. Raises `SampleUnknown`, `NotReviewable`, `NotYours`."""
        sample = await self._store.get(item_id)
        if sample is None or sample.plan is None:
            raise SampleUnknown(item_id)
        if sample.revision is None or sample.state is State.RETRACTED:
            raise NotReviewable(item_id, sample.state.value)
        decision = sample.decision
        if sample.state not in REVIEWABLE and decision is not None and decision.who != holder.name and not leads:
            raise NotYours(item_id)
        if await self._leases.take(item_id, holder):
            return Opened(sample, _seen(sample))
        other = (await self._leases.holders([item_id])).get(item_id)
        return Opened(sample, _seen(sample), other.name if other else None)

    async def keep(self, item_id: str, holder: Holder) -> bool:
        """Renew a lease, or take it again where it was lost; False where another has the sample open by now."""
        return await self._leases.take(item_id, holder)

    async def give_back(self, item_id: str, holder: Holder) -> None:
        """Give a lease back; where Redis does not answer, it runs out."""
        with contextlib.suppress(RedisConnectionError, RedisTimeoutError):
            await self._leases.give_back(item_id, holder)

    async def decide(
        self,
        opened: Opened,
        kind: DecisionKind,
        *,
        holder: Holder,
        why: str = "",
        changes: Mapping[str, str] | None = None,
        simulated: bool = False,
    ) -> Decision:
        """Decide on an opened sample; the lease ends, also where the decision is refused because somebody else was
        first. Raises what `review_bridge.decide` raises."""
        try:
            decision = await self._decide(opened, kind, holder, why, changes or {}, simulated)
        except DecisionConflict:
            await self.give_back(opened.sample.id, holder)
            raise
        await self.give_back(opened.sample.id, holder)
        return decision

    async def _decide(
        self, opened: Opened, kind: DecisionKind, holder: Holder, why: str, changes: Mapping[str, str], simulated: bool
    ) -> Decision:
        source = opened.sample.source
        if source is None:
            raise SampleUnknown(opened.sample.id)
        decision = await decide(
            self._store,
            self._queue,
            opened.sample.id,
            kind,
            who=holder.name,
            event_of=lambda made: decided_event(source, made, self._teller),
            why=why,
            changes=changes,
            simulated=simulated,
            seen=opened.seen,
        )
        await self._tell()
        return decision

    async def take_back(self, decision: Decision, holder: Holder) -> Opened:
        """Reopen a sample that this reviewer decided last, and open it at this desk.

        Nothing is removed: a decision is added that says so. Raises `DecisionConflict` where somebody has decided
        since.
        """
        if decision.who != holder.name:
            raise NotYours(decision.item)
        sample = await self._store.get(decision.item)
        if sample is None:
            raise SampleUnknown(decision.item)
        if _seen(sample) != decision.seq:
            raise DecisionConflict(decision.item, decision.seq + 1)
        # The lease comes first: once the sample is on the queue again, another desk may look for its next one.
        await self._leases.take(decision.item, holder)
        await self._decide(Opened(sample, decision.seq), DecisionKind.REOPENED, holder, "", {}, simulated=False)
        return await self.open(decision.item, holder)

    async def waiting(self, limit: int = 50) -> tuple[Waiting, ...]:
        """Return the head of the queue, in its order."""
        ids = await self._queue.ids(limit)
        samples = await self._store.several(ids)
        return await self._short([samples[item] for item in ids if item in samples])

    async def held(self, limit: int = 50) -> tuple[Waiting, ...]:
        """Return samples that the checks held, in the order of their ids."""
        return await self._short(await self._store.list([State.HELD], limit=limit))

    async def decided_by(self, name: str, limit: int = 50) -> tuple[Decision, ...]:
        """Return the latest decisions of a reviewer, the newest first."""
        return await self._store.decisions.latest_of(name, limit)

    async def size(self) -> int:
        """Return how many samples wait."""
        return await self._queue.size()

    async def _short(self, samples: Sequence[Sample]) -> tuple[Waiting, ...]:
        holders = await self._leases.holders([sample.id for sample in samples])
        return tuple(_waiting(sample, holders.get(sample.id)) for sample in samples)


def _seen(sample: Sample) -> int:
    return max(sample.decisions, default=0)


def _waiting(sample: Sample, holder: Holder | None) -> Waiting:
    plan = sample.plan
    return Waiting(
        id=sample.id,
        kind=plan.kind.value if plan else "",
        language=plan.language.value if plan else "",
        state=sample.state,
        levels=plan.levels if plan else (),
        reasons=sample.reasons,
        since=sample.created_at,
        open_at=holder.name if holder else None,
    )
