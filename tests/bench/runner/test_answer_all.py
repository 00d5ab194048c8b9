"""The runner on a real store: what is answered is not asked again, whatever was killed in between."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from actors.engines.errors import EngineDead
from bench.items import BenchItem, ItemKind
from bench.runner.answerer import Answered, Method
from bench.runner.run import answer_all, askable
from bench.runner.scripted import ScriptedAnswerer
from bench.runner.settings import ScriptedAnswering
from tests.bench.conftest import Run, Stand
from tests.bench.items.examples import item

ITEMS = [item(number) for number in range(23)]
METHODS = tuple(Method)


class Dying(ScriptedAnswerer):
    """Dies at a call, as a process that is killed while it computes."""

    def __init__(self, at_call: int, adapter: str = "") -> None:
        super().__init__(ScriptedAnswering(right=0.5), adapter)
        self.calls, self._at_call = 0, at_call

    async def answer(self, method: Method, items: Sequence[BenchItem]) -> list[Answered]:
        self.calls += 1
        if self.calls == self._at_call:
            raise EngineDead("killed")
        return await super().answer(method, items)


def test_a_killed_run_asks_no_kept_item_again(run: Run) -> None:
    async def work(stand: Stand) -> None:
        whole = await answer_all(
            ITEMS, ScriptedAnswerer(ScriptedAnswering(right=0.5), "undisturbed"), stand.answers, METHODS, 4
        )
        first = Dying(at_call=9)
        with pytest.raises(EngineDead):
            await answer_all(ITEMS, first, stand.answers, METHODS, 4)
        second = ScriptedAnswerer(ScriptedAnswering(right=0.5))
        sheet = await answer_all(ITEMS, second, stand.answers, METHODS, 4)
        asked = [*first.asked, *second.asked]
        assert first.asked
        assert len(asked) == len(set(asked)) == len(ITEMS) * len(METHODS)
        assert {method: set(answers) for method, answers in sheet.items()} == {
            method: {one.id for one in ITEMS} for method in METHODS
        }
        assert await stand.database["answers"].count_documents({"weights": second.weights.digest}) == len(asked)
        assert set(whole) == set(sheet)

    run(work)


def test_answered_items_are_not_asked_again_by_another_version(run: Run) -> None:
    async def work(stand: Stand) -> None:
        answerer = ScriptedAnswerer(ScriptedAnswering())
        await answer_all(ITEMS[:10], answerer, stand.answers, [Method.LIKELIHOOD], 4)
        await answer_all(ITEMS, answerer, stand.answers, [Method.LIKELIHOOD], 4)
        assert len(answerer.asked) == len(ITEMS)

    run(work)


def test_another_model_is_asked_everything(run: Run) -> None:
    async def work(stand: Stand) -> None:
        for adapter in ("", "spine@000000000001", "spine@000000000002"):
            answerer = ScriptedAnswerer(ScriptedAnswering(), adapter)
            await answer_all(ITEMS, answerer, stand.answers, [Method.LIKELIHOOD], 8)
            assert len(answerer.asked) == len(ITEMS)

    run(work)


def test_the_same_question_twice_is_asked_once_and_answers_both(run: Run) -> None:
    async def work(stand: Stand) -> None:
        twice = [item(1), item(1, id="again", case="another")]
        answerer = ScriptedAnswerer(ScriptedAnswering(right=1.0))
        sheet = await answer_all(twice, answerer, stand.answers, [Method.LIKELIHOOD], 8)
        assert len(answerer.asked) == 1
        assert {id_: one.option for id_, one in sheet[Method.LIKELIHOOD].items()} == {item(1).id: "B", "again": "B"}

    run(work)


def test_of_two_scorers_at_once_the_first_answer_counts(run: Run) -> None:
    async def work(stand: Stand) -> None:
        right, wrong = ScriptedAnswerer(ScriptedAnswering(right=1.0)), ScriptedAnswerer(ScriptedAnswering(right=0.0))
        wrong_told = await wrong.answer(Method.LIKELIHOOD, ITEMS)
        await answer_all(ITEMS, right, stand.answers, [Method.LIKELIHOOD], 8)
        pairs = {one.id: (one, told) for one, told in zip(ITEMS, wrong_told, strict=True)}
        await stand.answers.keep(right.weights, Method.LIKELIHOOD, pairs)
        found = await stand.answers.find(right.weights, Method.LIKELIHOOD, ITEMS)
        assert {one.id: one.answer for one in ITEMS} == {id_: told.option for id_, told in found.items()}

    run(work)


def test_progress_is_told_of_what_was_left(run: Run) -> None:
    async def work(stand: Stand) -> None:
        answerer, told = ScriptedAnswerer(ScriptedAnswering()), list[tuple[int, int]]()

        def tell(done: int, total: int) -> None:
            told.append((done, total))

        await answer_all(ITEMS[:3], answerer, stand.answers, [Method.CHOICE], 10, tell)
        await answer_all(ITEMS, answerer, stand.answers, [Method.LIKELIHOOD, Method.CHOICE], 12, tell)
        assert told == [(3, 3), (12, 43), (21, 43), (32, 43), (43, 43)]

    run(work)


def test_a_question_is_asked_by_every_method_before_the_next(run: Run) -> None:
    """So that the engine has its prompt at hand."""

    async def work(stand: Stand) -> None:
        answerer = ScriptedAnswerer(ScriptedAnswering())
        await answer_all(ITEMS[:4], answerer, stand.answers, [Method.LIKELIHOOD, Method.CHOICE], 2)
        assert [method for method, _ in answerer.asked[:4]] == [Method.LIKELIHOOD] * 2 + [Method.CHOICE] * 2

    run(work)


def test_pictures_and_reports_are_not_asked() -> None:
    picture = item(1, kind=ItemKind.IMAGE, image="0" * 64)
    report = item(2, kind=ItemKind.REPORT, options=(), answer="", reference="a report")
    assert askable([picture, item(0), report]) == (item(0),)
