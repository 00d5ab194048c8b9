"""An answerer without a model: it guesses, or is right with a set probability; the same answers each time.

What it answers says nothing about any model; scores and comparisons that it made are marked `simulated`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bench.items import BenchItem
from bench.runner.answerer import Answered, Method, Weights
from bench.runner.settings import ScriptedAnswering
from generation.ids import digest
from generation.planning.draw import number

_WHOLE = 1 << 64


class ScriptedAnswerer:
    """Answers from the item alone."""

    def __init__(self, settings: ScriptedAnswering, adapter: str = "") -> None:
        """`adapter` is the name of whose answers these are said to be."""
        self._settings = settings
        self._adapter = adapter
        self.asked: list[tuple[Method, str]] = []
        """Every item that was asked, by its digest, in order."""

    @property
    def weights(self) -> Weights:
        """What answers: no model."""
        told = f"scripted|{self._settings.model_dump_json(exclude={'call_log'})}|{self._adapter}"
        return Weights(self._adapter, "scripted", digest(told.encode()), scripted=True)

    async def answer(self, method: Method, items: Sequence[BenchItem]) -> list[Answered]:
        """Answer items; asked blind it guesses, whatever it is set to."""
        self.asked += [(method, item.asked()) for item in items]
        if self._settings.call_log is not None:
            lines = (f"{self._adapter}\t{method}\t{item.asked()}\n" for item in items)
            _append(self._settings.call_log, "".join(lines))
        return [self._one(method, item) for item in items]

    async def close(self) -> None:
        """Do nothing: nothing was loaded."""

    def _one(self, method: Method, item: BenchItem) -> Answered:
        if method is Method.CHOICE and self._drawn(method, item, "read") < self._settings.unreadable:
            return Answered(None, fault="not-an-option")
        right = self._settings.right
        if self._adapter and self._settings.adapted is not None:
            right = self._settings.adapted
        drawn = self._drawn(method, item, "option")
        if right is None or method is Method.BLIND:
            return Answered(item.options[int(drawn * len(item.options))].id)
        if self._drawn(method, item, "right") < right:
            return Answered(item.answer)
        wrong = [option.id for option in item.options if option.id != item.answer]
        return Answered(wrong[int(drawn * len(wrong))])

    def _drawn(self, method: Method, item: BenchItem, what: str) -> float:
        """A number in [0, 1) that seed, adapter, item and purpose decide."""
        return number(f"{self._settings.seed}|{self._adapter}|{method}|{item.asked()}|{what}") / _WHOLE


def _append(log: Path, lines: str) -> None:
    """Append in one write, so that what a killed process asked is there or not."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, lines.encode())
    finally:
        os.close(handle)
