"""The seam between the runner and what answers items."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from bench.items import BenchItem


class Method(StrEnum):
    """How an item is answered. The name of a method stands for its rule: another rule gets another name."""

    LIKELIHOOD = "likelihood"
    """The option whose text the model finds most likely as its answer, per byte of UTF-8: a longer option is not worse
    for its length (`acc_norm` of EleutherAI's lm-evaluation-harness)."""
    CHOICE = "choice"
    """What the model writes at temperature 0 when its answer can only be the text of an option (JSON schema, enum)."""
    BLIND = "blind"
    """As `likelihood`, with the question and its options but without the passage."""


class Weights(NamedTuple):
    """What answers."""

    adapter: str
    """Name; empty for the bare model."""
    model: str
    digest: str
    """sha256 of model, adapter and number format: answers are kept under it."""
    scripted: bool = False
    """Whether no model answers."""


class Answered(NamedTuple):
    """The answer to one item."""

    option: str | None
    """Id of an option; None: it could not be read."""
    scores: tuple[float, ...] = ()
    """Of `likelihood` and `blind`: log probability of each option, in their order (natural logarithm)."""
    fault: str = ""
    """Why it could not be read: `not-finite`, `cut-off`, `not-an-option`, or the reason of a refused request."""


class Answerer(Protocol):
    """Answers items; awaited on one event loop."""

    @property
    def weights(self) -> Weights:
        """What answers; known before anything is loaded."""
        ...

    async def answer(self, method: Method, items: Sequence[BenchItem]) -> list[Answered]:
        """Answer items, in their order. Raises EngineDead, EngineNotUsable."""
        ...

    async def close(self) -> None:
        """Give back what was loaded."""
        ...
