"""The scorer's stage on a real store: a comparison a candidate, resumed, the champion scored once, broken ones told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from actors.adapters import store_adapter
from actors.compute import LeaseLost
from actors.engines.adapters import Adapter
from actors.engines.errors import EngineDead, EngineNotUsable
from bench.runner.answerer import Answerer, Method
from bench.runner.scoring import Open, Scorer
from bench.runner.scripted import ScriptedAnswerer
from bench.runner.settings import ScorerSettings, ScriptedAnswering
from bench.stage import MOST_DEATHS, ScorerStage
from bench.statistics import Answer, compare
from generation.ids import digest
from streams import topics
from streams.events import Event
from streams.loop import StageFailed
from streams.model_payloads import AdapterMade, AdapterRef, ComparisonMade
from streams.outbox import Outbox
from streams.outcomes import Dead, Done, Outcome
from tests.bench.conftest import Run, Stand
from tests.streams.event_examples import delivery

SETTINGS = ScorerSettings(phantoms=12, seed=3, scripted=ScriptedAnswering(right=0.4, adapted=0.8))


NOBODY_TOLD = {"chance": None, "majority": None, "blind": None}


class Watched:
    """Opens scripted answerers and remembers them."""

    def __init__(self, settings: ScriptedAnswering = SETTINGS.scripted) -> None:
        self.settings = settings
        self.opened: list[ScriptedAnswerer] = []
        self.held = 0

    def __call__(self, adapter: Adapter | None) -> Answerer:
        made = ScriptedAnswerer(self.settings, adapter.name if adapter else "")
        self.opened.append(made)
        return made

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[None]:
        self.held += 1
        yield

    def asked(self, adapter: str) -> int:
        return sum(len(one.asked) for one in self.opened if one.weights.adapter == adapter)


def _stage(stand: Stand, watched: Watched, open_: Open | None = None) -> ScorerStage:
    scorer = Scorer(stand.versions, stand.answers, stand.scores, stand.blobs, SETTINGS, open_ or watched)
    return ScorerStage(scorer, watched.lease, Outbox(stand.publisher))  # type: ignore[arg-type]


async def _handled(stage: ScorerStage, event: Event) -> Outcome:
    [(_, outcome)] = [one async for one in stage.handle([delivery(event)])]
    return outcome


async def _adapter(stand: Stand, folder: Path, number: int) -> AdapterRef:
    """Store an adapter whose bytes the number decides; nothing here looks into them."""
    folder = folder / str(number)
    folder.mkdir()
    config = {"peft_type": "LORA", "r": 8, "target_modules": ["q_proj"], "note": number}
    (folder / "adapter_config.json").write_bytes(orjson.dumps(config))
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    return await store_adapter(stand.blobs, folder, called="spine", model="scripted", model_digest="0" * 64)


def _made(adapter: AdapterRef, champion: AdapterRef | None = None, *, simulated: bool = False) -> Event:
    payload = AdapterMade(
        adapter=adapter, run="run-1", snapshot="1" * 64, parent="", simulated=simulated, champion=champion
    )
    return topics.CANDIDATES.event(payload, key=adapter.name, subject=adapter.name, source="trainer")


def _told(outcome: Outcome) -> ComparisonMade:
    assert isinstance(outcome, Done), outcome
    [event] = outcome.emit
    found: ComparisonMade = topics.COMPARISONS.read(event)
    return found


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "cache"))


def test_a_candidate_is_compared_with_the_bare_model_on_a_version_made_for_it(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        watched = Watched()
        ref = await _adapter(stand, tmp_path, 1)
        told = _told(await _handled(_stage(stand, watched), _made(ref)))
        version = await stand.versions.newest()
        assert version is not None
        assert "made by the scorer" in version.why
        assert (told.bench, told.champion, told.candidate, told.simulated) == (version.bench, "", ref, True)
        rows = [Answer.of(line) for line in orjson.loads(await stand.blobs.get(told.table))]
        assert tuple(one.model_copy(update=NOBODY_TOLD) for one in told.axes) == compare(rows)
        kept = await stand.scores.find(version.bench, ref.name)
        [score] = [one for one in kept.scores if (one.method, one.axis) == (SETTINGS.method, "all")]
        whole = told.axes[0]
        assert (whole.chance, whole.majority, whole.blind) == (score.chance, score.majority, score.blind)
        assert 0 < score.chance <= score.majority < 1
        levels = [one for one in told.axes if ":" in one.axis]
        assert levels
        assert all(one.chance and one.majority and one.blind is not None for one in levels)
        assert len(rows) == version.items == told.axes[0].items
        assert told.axes[0].difference > 0.2
        assert watched.held == 1
        kept = await stand.scores.find(version.bench, ref.name)
        assert kept.simulated
        assert {one.method for one in kept.scores} == set(Method)
        assert any(event.topic == "benches" for event in stand.publisher.published)

    run(work)


def test_a_record_that_comes_again_emits_the_same_bytes_and_asks_nothing(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        event = _made(await _adapter(stand, tmp_path, 1))
        first = await _handled(_stage(stand, Watched()), event)
        again = Watched()
        second = await _handled(_stage(stand, again), event)
        assert first == second
        assert not again.opened
        assert await stand.database["comparisons"].count_documents({}) == 1

    run(work)


def test_a_record_stays_with_the_version_it_was_begun_on(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        event = _made(await _adapter(stand, tmp_path, 1))
        watched = Watched()
        first = _told(await _handled(_stage(stand, watched), event))
        version = await stand.versions.items(first.bench)
        newer = await stand.versions.make(version[:9], "newer", None)
        assert _told(await _handled(_stage(stand, watched), event)).bench == first.bench
        later = _told(await _handled(_stage(stand, watched), _made(await _adapter(stand, tmp_path, 2))))
        assert later.bench == newer.bench

    run(work)


def test_a_killed_scorer_goes_on_and_asks_no_kept_item_again(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        ref = await _adapter(stand, tmp_path, 1)
        watched = Watched()

        class Dying(ScriptedAnswerer):
            async def answer(self, method: Method, items: Any) -> Any:
                if len(self.asked) > 20:
                    raise EngineDead("killed")
                return await super().answer(method, items)

        def dying(adapter: Adapter | None) -> Answerer:
            made = Dying(SETTINGS.scripted, adapter.name if adapter else "")
            watched.opened.append(made)
            return made

        with pytest.raises(StageFailed):
            await _handled(_stage(stand, watched, dying), _made(ref))
        _told(await _handled(_stage(stand, watched), _made(ref)))
        asked = [(one.weights.adapter, *each) for one in watched.opened for each in one.asked]
        assert len(asked) == len(set(asked))
        assert await stand.database["answers"].count_documents({}) == len(asked)

    run(work)


def test_a_candidate_that_kills_every_engine_is_given_up(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        event = _made(await _adapter(stand, tmp_path, 1))

        class Deadly(ScriptedAnswerer):
            async def answer(self, method: Method, items: Any) -> Any:
                raise EngineDead("out of memory")

        for _ in range(MOST_DEATHS):
            with pytest.raises(StageFailed):
                await _handled(_stage(stand, Watched(), lambda _: Deadly(SETTINGS.scripted)), event)
        outcome = await _handled(_stage(stand, Watched()), event)
        assert isinstance(outcome, Dead)
        assert outcome.why == "kills-engines"
        # Replayed from the dead letters, once the engine has memory enough.
        assert not _told(await _handled(_stage(stand, Watched()), event)).candidate_failures

    run(work)


def test_the_champion_is_asked_once_for_all_its_challengers(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        watched = Watched()
        champion = await _adapter(stand, tmp_path, 0)
        for number in (1, 2):
            told = _told(
                await _handled(_stage(stand, watched), _made(await _adapter(stand, tmp_path, number), champion))
            )
            assert told.champion == champion.name
        items = (await stand.versions.newest()).items  # type: ignore[union-attr]
        assert watched.asked(champion.name) == items * len(Method)

    run(work)


def test_a_new_version_asks_the_champion_again_before_it_compares(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        watched = Watched()
        await _handled(_stage(stand, watched), _made(await _adapter(stand, tmp_path, 1)))
        before = watched.asked("")
        from bench.items.from_phantoms import phantom_items

        made = await stand.versions.make(phantom_items(5, SETTINGS.languages, 99), "another", None)
        told = _told(await _handled(_stage(stand, watched), _made(await _adapter(stand, tmp_path, 2))))
        assert told.bench == made.bench
        assert watched.asked("") == before + made.items * len(Method)

    run(work)


def test_simulated_decisions_stay_marked(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        outcome = await _handled(_stage(stand, Watched()), _made(await _adapter(stand, tmp_path, 1), simulated=True))
        assert _told(outcome).simulated

    run(work)


def test_an_adapter_with_other_bytes_is_dead_and_told(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        ref = await _adapter(stand, tmp_path, 1)
        for broken in (
            ref.model_copy(update={"weights": digest(b"never stored")}),
            ref.model_copy(update={"name": "spine@000000000000"}),
        ):
            outcome = await _handled(_stage(stand, Watched()), _made(broken))
            assert isinstance(outcome, Dead)
            assert outcome.why == "adapter-unusable"

    run(work)


def test_an_adapter_that_does_not_load_is_dead_and_told(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        def refuse(adapter: Adapter | None) -> Answerer:
            if adapter is not None:
                raise EngineNotUsable("it does not fit the model")
            return ScriptedAnswerer(SETTINGS.scripted)

        outcome = await _handled(_stage(stand, Watched(), refuse), _made(await _adapter(stand, tmp_path, 1)))
        assert isinstance(outcome, Dead)
        assert "does not fit" in outcome.message

    run(work)


def test_a_champion_that_cannot_be_scored_is_not_blamed_on_its_challenger(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        champion = await _adapter(stand, tmp_path, 0)
        broken = champion.model_copy(update={"weights": digest(b"never stored")})
        ref = await _adapter(stand, tmp_path, 1)
        outcome = await _handled(_stage(stand, Watched()), _made(ref, broken))
        assert isinstance(outcome, Dead)
        assert outcome.why == "champion-unusable"
        assert champion.name in outcome.message

        def refuse(adapter: Adapter | None) -> Answerer:
            if adapter is not None and adapter.name == champion.name:
                raise EngineNotUsable("it does not fit the model")
            return ScriptedAnswerer(SETTINGS.scripted)

        outcome = await _handled(_stage(stand, Watched(), refuse), _made(ref, champion))
        assert isinstance(outcome, Dead)
        assert outcome.why == "champion-unusable"

    run(work)


def test_a_lease_that_is_lost_is_taken_again_and_no_item_asked_twice(run: Run, tmp_path: Path) -> None:
    async def work(stand: Stand) -> None:
        watched, losses = Watched(), [LeaseLost("another has it")]

        @asynccontextmanager
        async def held() -> AsyncIterator[None]:
            watched.held += 1
            yield
            if losses:
                raise losses.pop()

        scorer = Scorer(stand.versions, stand.answers, stand.scores, stand.blobs, SETTINGS, watched)
        stage = ScorerStage(scorer, held, Outbox(stand.publisher))  # type: ignore[arg-type]
        _told(await _handled(stage, _made(await _adapter(stand, tmp_path, 1))))
        asked = [(one.weights.adapter, *each) for one in watched.opened for each in one.asked]
        assert watched.held == 2
        assert len(asked) == len(set(asked)) > 0
        assert await stand.database["comparisons"].count_documents({}) == 1

    run(work)


def test_what_is_no_candidate_is_dead(run: Run) -> None:
    async def work(stand: Stand) -> None:
        event = Event("candidates", "x", "x", topics.CANDIDATES.event_type, "/test", "x", "", "x", b"{}")
        outcome = await _handled(_stage(stand, Watched()), event)
        assert isinstance(outcome, Dead)
        assert outcome.why == "not-an-event"

    run(work)
