"""The gate as a stage, and a person's word: on a real MongoDB, with a registry in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from streams import audit, topics
from streams.events import Event
from streams.model_payloads import AdapterMade, AdapterRef, CandidateJudged, ComparisonMade, Judgement
from streams.outbox import Outbox
from streams.outcomes import Dead, Done, Outcome
from tests.streams.event_examples import Recorder, delivery
from tests.training.gate.results import made, result
from training.errors import AdapterUnknown, NotPromotable
from training.gate import (
    ChampionMoved,
    GateDecisions,
    GateSettings,
    GateStage,
    NoName,
    NotCarriedOut,
    NotWaiting,
    approve,
    refuse,
)

GOOD, BAD = result(difference=0.2), result(difference=-0.2)
ASKED = GateSettings(approve=True)


@dataclass
class Champions:
    """A registry in memory."""

    line: list[str] = field(default_factory=lambda: ["spine@0"])
    said: list[tuple[str, str]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    tainted: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    async def champion(self) -> str:
        return self.line[-1]

    async def check(self, adapter: AdapterRef) -> None:
        if adapter.name in self.tainted:
            raise NotPromotable(f"{adapter.name} has seen a source that was withdrawn")

    async def promote(self, adapter: AdapterRef, *, instead_of: str, who: str, why: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if self.line[-1] == adapter.name:
            return
        if self.line[-1] != instead_of:
            raise NotPromotable(f"{self.line[-1]} became the champion meanwhile")
        self.line.append(adapter.name)
        self.said.append((who, why))

    async def again(self, adapter: AdapterRef) -> Event:
        if adapter.name in self.unknown:
            raise AdapterUnknown(f"no adapter is called {adapter.name}")
        champion = adapter.model_copy(update={"name": self.line[-1]})
        told = AdapterMade(adapter=adapter, run="r", snapshot="a" * 64, parent="", simulated=False, champion=champion)
        return topics.CANDIDATES.event(
            told, key=adapter.name, subject=adapter.name, source="test", detail=f"beside {self.line[-1]}"
        )


@dataclass
class Place:
    """What a test of the gate works on."""

    decisions: GateDecisions
    champions: Champions

    async def judge(self, one: ComparisonMade, settings: GateSettings | None = None) -> CandidateJudged:
        """Return what the stage tells of a comparison."""
        outcome = await self.outcome(one, settings)
        assert isinstance(outcome, Done)
        [event] = outcome.emit
        judged: CandidateJudged = topics.JUDGEMENTS.read(event)
        return judged

    async def outcome(self, one: ComparisonMade | Event, settings: GateSettings | None = None) -> Outcome:
        stage = GateStage(self.decisions, self.champions, settings or GateSettings())
        [(_, outcome)] = [found async for found in stage.handle([delivery(told(one))])]
        return outcome

    async def document(self, comparison: str) -> dict[str, Any]:
        found = await self.decisions.get(comparison)
        assert found is not None
        return found

    async def audited(self) -> list[str]:
        found = await self.decisions.database[audit.COLLECTION].find().to_list()
        return [one["subject"] for one in found]


def told(one: ComparisonMade | Event) -> Event:
    if isinstance(one, Event):
        return one
    return topics.COMPARISONS.event(one, key=one.comparison, subject=one.comparison, source="scorer")


Run = Callable[[Callable[[Place], Awaitable[None]]], None]


@pytest.fixture
def run(mongodb_url: str, mongo_db: str) -> Run:
    """Runs a scenario on decisions of its own."""

    def go(scenario: Callable[[Place], Awaitable[None]]) -> None:
        async def on_store() -> None:
            async with AsyncMongoClient[dict[str, Any]](mongodb_url, w="majority", journal=True) as client:
                decisions = GateDecisions(client[mongo_db])
                await decisions.prepare()
                await scenario(Place(decisions, Champions()))

        asyncio.run(on_store())

    return go


def test_a_better_candidate_is_promoted_and_told(run: Run) -> None:
    async def scenario(place: Place) -> None:
        judged = await place.judge(made(GOOD))
        assert (judged.judgement, judged.look, judged.candidate) == (Judgement.PROMOTED, 1, "spine@1")
        assert judged.numbers["conditions"][0]["lower"] > 0
        assert place.champions.line == ["spine@0", "spine@1"]
        assert place.champions.said == [("gate", f"comparison {judged.comparison}")]
        [entry] = await place.decisions.database[audit.COLLECTION].find().to_list()
        assert CandidateJudged.model_validate(entry["content"]) == judged, "with its numbers"

    run(scenario)


def test_a_worse_one_is_refused_and_nothing_moves(run: Run) -> None:
    async def scenario(place: Place) -> None:
        judged = await place.judge(made(BAD, simulated=True))
        assert (judged.judgement, judged.simulated) == (Judgement.REFUSED, True)
        assert place.champions.line == ["spine@0"]
        assert (await place.document(judged.comparison))["simulated"] is True
        assert await place.audited() == [judged.comparison]

    run(scenario)


def test_a_comparison_that_comes_again_is_not_judged_again(run: Run) -> None:
    async def scenario(place: Place) -> None:
        first = await place.outcome(made(GOOD))
        # Somebody went back meanwhile, and the settings became strict: neither changes what was decided.
        place.champions.line.append("spine@0")
        assert await place.outcome(made(GOOD), GateSettings(smallest_target_cases=1000)) == first
        assert place.champions.line == ["spine@0", "spine@1", "spine@0"]
        assert await place.decisions.looks("b" * 64) == 1
        assert await place.audited() == [made(GOOD).comparison]

    run(scenario)


def test_each_comparison_is_a_look_and_each_bench_version_counts_anew(run: Run) -> None:
    async def scenario(place: Place) -> None:
        looks = [(await place.judge(made(BAD, name=f"spine@{n}"))).look for n in (1, 2, 3)]
        other = await place.judge(made(BAD, comparison="elsewhere", bench="d" * 64))
        assert (looks, other.look) == ([1, 2, 3], 1)

    run(scenario)


def test_two_that_judge_at_once_do_not_share_a_look(run: Run) -> None:
    async def scenario(place: Place) -> None:
        names = [f"spine@{n}" for n in range(1, 9)]
        judged = await asyncio.gather(*(place.judge(made(BAD, name=one)) for one in names))
        again = await asyncio.gather(*(place.judge(made(BAD, name="spine@9")) for _ in range(5)))
        assert sorted(one.look for one in judged) == list(range(1, 9))
        assert {one.look for one in again} == {9}

    run(scenario)


def test_what_was_compared_with_a_former_champion_is_scored_beside_the_new_one_and_costs_no_look(run: Run) -> None:
    async def scenario(place: Place) -> None:
        await place.judge(made(GOOD))
        stale = made(GOOD, name="spine@2")
        outcome = await place.outcome(stale)
        assert isinstance(outcome, Done)
        [event] = outcome.emit
        again: AdapterMade = topics.CANDIDATES.read(event)
        assert (again.adapter.name, again.champion and again.champion.name) == ("spine@2", "spine@1")
        assert await place.decisions.get(stale.comparison) is None
        assert place.champions.line[-1] == "spine@1"
        following = await place.judge(made(BAD, name="spine@3", champion="spine@1"))
        assert following.look == 2

    run(scenario)


def test_having_it_scored_again_tells_the_same_event_as_long_as_the_champion_is_the_same(run: Run) -> None:
    async def scenario(place: Place) -> None:
        stale = made(GOOD, name="spine@2", champion="spine@9")

        async def event_id() -> str:
            outcome = await place.outcome(stale)
            assert isinstance(outcome, Done)
            return outcome.emit[0].id

        first = await event_id()
        assert await event_id() == first
        place.champions.line.append("spine@7")
        assert await event_id() != first

    run(scenario)


def test_a_candidate_that_is_the_champion_already_is_not_judged(run: Run) -> None:
    async def scenario(place: Place) -> None:
        place.champions.line.append("spine@1")
        assert await place.outcome(made(GOOD)) == Done()
        assert await place.decisions.get(made(GOOD).comparison) is None

    run(scenario)


def test_a_stale_comparison_of_an_adapter_that_nobody_knows_is_dead(run: Run) -> None:
    async def scenario(place: Place) -> None:
        place.champions.unknown.add("spine@2")
        outcome = await place.outcome(made(GOOD, name="spine@2", champion="spine@9"))
        assert isinstance(outcome, Dead)
        assert outcome.why == "adapter-unknown"

    run(scenario)


def test_a_crash_before_the_promotion_is_mended_by_the_next_delivery_or_start(run: Run) -> None:
    async def scenario(place: Place) -> None:
        place.champions.failures.append(ConnectionError("the process dies here"))
        with pytest.raises(ConnectionError):
            await place.outcome(made(GOOD))
        assert place.champions.line == ["spine@0"]
        stage = GateStage(place.decisions, place.champions, GateSettings())
        assert (await stage.finish(), await stage.finish()) == (1, 0)
        assert place.champions.line == ["spine@0", "spine@1"]

    run(scenario)


def test_a_promotion_that_comes_too_late_is_left_and_says_so(run: Run) -> None:
    async def scenario(place: Place) -> None:
        place.champions.failures.append(ConnectionError("the process dies here"))
        with pytest.raises(ConnectionError):
            await place.outcome(made(GOOD))
        place.champions.line.append("spine@7")
        await place.outcome(made(GOOD))
        assert place.champions.line == ["spine@0", "spine@7"]
        assert (await place.document(made(GOOD).comparison))["left"] == "spine@7 became the champion meanwhile"

    run(scenario)


def test_an_adapter_that_may_not_be_promoted_is_left_and_says_so(run: Run) -> None:
    async def scenario(place: Place) -> None:
        place.champions.failures.append(NotPromotable("it has seen a source that was withdrawn"))
        await place.outcome(made(GOOD))
        document = await place.document(made(GOOD).comparison)
        assert (document["carried_out"], document["left"]) == (True, "it has seen a source that was withdrawn")
        assert place.champions.line == ["spine@0"]

    run(scenario)


def test_what_is_no_comparison_is_dead(run: Run) -> None:
    async def scenario(place: Place) -> None:
        good = told(made(GOOD))
        bad = Event.from_stored({**good.stored(), "value": b'{"comparison": 1}'})
        outcome = await place.outcome(bad)
        assert isinstance(outcome, Dead)
        assert outcome.why == "not-an-event"

    run(scenario)


def test_a_person_approves_what_waits(run: Run) -> None:
    async def scenario(place: Place) -> None:
        assert (await place.judge(made(GOOD), ASKED)).judgement is Judgement.WAITING
        assert place.champions.line == ["spine@0"]
        log = Recorder()
        judged = await approve(
            place.decisions, place.champions, "spine@1", "Dr Li", why="read ten of them", outbox=Outbox(log)
        )
        assert judged.judgement is Judgement.PROMOTED
        assert judged.why[-1] == "approved by Dr Li: read ten of them"
        assert place.champions.said == [("Dr Li", f"comparison {judged.comparison}")]
        [event] = log.published
        assert isinstance(event, Event)
        assert topics.JUDGEMENTS.read(event) == judged
        assert len(await place.audited()) == 2
        # What came first is still what the stage tells; the second event has another id.
        assert (await place.judge(made(GOOD), ASKED)).judgement is Judgement.WAITING

    run(scenario)


def test_without_a_broker_the_reconciler_sends_the_approval(run: Run) -> None:
    async def scenario(place: Place) -> None:
        await place.judge(made(GOOD), ASKED)
        await approve(place.decisions, place.champions, "spine@1", "Dr Li")
        log = Recorder()
        assert await Outbox(log).sweep(place.decisions.documents) == 1
        assert place.champions.line[-1] == "spine@1"

    run(scenario)


def test_an_approval_that_was_cut_off_is_finished_when_it_is_given_again(run: Run) -> None:
    async def scenario(place: Place) -> None:
        await place.judge(made(GOOD), ASKED)
        place.champions.failures.append(ConnectionError("the process dies here"))
        with pytest.raises(ConnectionError):
            await approve(place.decisions, place.champions, "spine@1", "Dr Li")
        await approve(place.decisions, place.champions, "spine@1", "Dr Li")
        assert place.champions.line == ["spine@0", "spine@1"]

    run(scenario)


def test_a_person_refuses_what_waits(run: Run) -> None:
    async def scenario(place: Place) -> None:
        await place.judge(made(GOOD), ASKED)
        judged = await refuse(place.decisions, "spine@1", "Dr Li", "it names wrong sides", outbox=Outbox(Recorder()))
        assert judged.judgement is Judgement.REFUSED
        assert judged.why[-1] == "refused by Dr Li: it names wrong sides"
        with pytest.raises(NotWaiting, match="it is refused already, by Dr Li"):
            await approve(place.decisions, place.champions, "spine@1", "Dr Wu")
        assert place.champions.line == ["spine@0"]

    run(scenario)


def test_an_approval_is_not_given_over_the_head_of_a_new_champion(run: Run) -> None:
    async def scenario(place: Place) -> None:
        await place.judge(made(GOOD), ASKED)
        place.champions.line.append("spine@7")
        with pytest.raises(ChampionMoved, match=r"compared with spine@0, and spine@7 is the champion now"):
            await approve(place.decisions, place.champions, "spine@1", "Dr Li")
        assert place.champions.line[-1] == "spine@7"

    run(scenario)


def test_what_may_not_become_the_champion_is_not_approved(run: Run) -> None:
    async def scenario(place: Place) -> None:
        judged = await place.judge(made(GOOD), ASKED)
        place.champions.tainted.add("spine@1")
        with pytest.raises(NotPromotable, match="withdrawn"):
            await approve(place.decisions, place.champions, "spine@1", "Dr Li")
        assert (await place.document(judged.comparison))["judgement"] == Judgement.WAITING.value

    run(scenario)


def test_an_approval_that_was_overtaken_says_so(run: Run) -> None:
    async def scenario(place: Place) -> None:
        await place.judge(made(GOOD), ASKED)
        place.champions.failures.append(NotPromotable("spine@7 became the champion meanwhile"))
        log = Recorder()
        with pytest.raises(NotCarriedOut, match=r"spine@1 was approved and is not the champion: spine@7 became"):
            await approve(place.decisions, place.champions, "spine@1", "Dr Li", outbox=Outbox(log))
        assert len(log.published) == 1
        assert place.champions.line == ["spine@0"]

    run(scenario)


def test_who_decides_gives_a_name_and_a_candidate_that_is_there(run: Run) -> None:
    async def scenario(place: Place) -> None:
        await place.judge(made(GOOD), ASKED)
        with pytest.raises(NoName):
            await approve(place.decisions, place.champions, "spine@1", "  ")
        with pytest.raises(NotWaiting, match="judged no candidate of that name"):
            await refuse(place.decisions, "spine@8", "Dr Li", "no")

    run(scenario)


def test_of_two_people_who_decide_at_once_one_counts(run: Run) -> None:
    async def scenario(place: Place) -> None:
        await place.judge(made(GOOD), ASKED)
        found = await asyncio.gather(
            approve(place.decisions, place.champions, "spine@1", "Dr Li"),
            refuse(place.decisions, "spine@1", "Dr Wu", "no"),
            return_exceptions=True,
        )
        assert sum(isinstance(one, NotWaiting) for one in found) == 1
        document = await place.document(made(GOOD).comparison)
        promoted = document["judgement"] == Judgement.PROMOTED.value
        assert (place.champions.line[-1] == "spine@1") is promoted

    run(scenario)
