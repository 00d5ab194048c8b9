"""Has a model answer the items of a version, from where it was left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bench.items import BenchItem, ItemKind
from bench.runner.answerer import Answered, Answerer, Method
from bench.runner.answers import Answers

Sheet = Mapping[Method, Mapping[str, Answered]]
"""Answers by method and item id."""
Progress = Callable[[int, int], None]
"""Told after every batch of the answers that were made, and of those that were to be made."""


def askable(items: Sequence[BenchItem]) -> tuple[BenchItem, ...]:
    """Return the items that can be asked: multiple choice about a text. Pictures and reports are held and not asked."""
    return tuple(item for item in items if item.kind is ItemKind.TEXT)


async def answer_all(
    items: Sequence[BenchItem],
    answerer: Answerer,
    answers: Answers,
    methods: Sequence[Method],
    batch: int,
    progress: Progress | None = None,
) -> Sheet:
    """Return the answers to all items by every method.

    What is kept is not asked again; what is asked is kept a batch at a time, so a killed run repeats one batch
    of one method at most, and keeps no answer twice. Raises EngineDead, EngineNotUsable.
    """
    left = {method: await _left(items, answerer, answers, method) for method in methods}
    total = sum(len(one) for one in left.values())
    done = 0
    for asked in _batches(_once(items), batch):
        # A question by every method before the next ones: the engine still has the prompt in its prefix cache.
        for method in methods:
            open_ = [item for item in asked if item.asked() in left[method]]
            if not open_:
                continue
            told = await answerer.answer(method, open_)
            kept = {item.id: (item, one) for item, one in zip(open_, told, strict=True)}
            await answers.keep(answerer.weights, method, kept)
            done += len(open_)
            if progress is not None:
                progress(done, total)
    # Read again: another scorer may have been first, and its answers count.
    return {method: await answers.find(answerer.weights, method, items) for method in methods}


async def _left(items: Sequence[BenchItem], answerer: Answerer, answers: Answers, method: Method) -> frozenset[str]:
    """Return the digests of the questions that are not answered yet."""
    known = await answers.find(answerer.weights, method, items)
    return frozenset(item.asked() for item in items if item.id not in known)


def _once(items: Iterable[BenchItem]) -> list[BenchItem]:
    """Return the items, each question once: two items may ask the same of a model."""
    return list({item.asked(): item for item in items}.values())


def _batches(items: Sequence[BenchItem], size: int) -> Iterator[Sequence[BenchItem]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
