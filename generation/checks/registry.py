"""The registry of checks. A check is a pure function that gives stable codes of reasons to hold a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from generation.errors import GenerationError
from generation.items import PlannedItem
from generation.samples import Writing

CheckFunction = Callable[[PlannedItem, Writing, str], Sequence[str]]
"""`(item, writing, finish) -> reasons`; finish is `stop`, or `length` when the completion was cut off."""


class Check(NamedTuple):
    """A registered check."""

    name: str
    codes: tuple[str, ...]
    """Every reason it may give."""
    run: CheckFunction


_CHECKS: dict[str, Check] = {}


class check:  # noqa: N801 - a decorator
    """Register a function as the check `name`, which may give the reasons `codes`."""

    def __init__(self, name: str, *codes: str) -> None:
        self.name = name
        self.codes = codes

    def __call__(self, function: CheckFunction) -> CheckFunction:
        """Register `function`; a name is taken once."""
        if self.name in _CHECKS:
            raise GenerationError(f"there is a check named {self.name!r} already; give this one another name")
        if not self.codes:
            raise GenerationError(f"check {self.name!r} names no reason; list every code it may give")
        _CHECKS[self.name] = Check(self.name, self.codes, function)
        return function


def checks() -> tuple[Check, ...]:
    """Return all checks, in the order in which they run."""
    return tuple(_CHECKS.values())


def check_names() -> tuple[str, ...]:
    """Return the names that a criterion may use as `check:<name>`."""
    return tuple(sorted(_CHECKS))


def reasons_of(name: str, item: PlannedItem, writing: Writing, finish: str = "stop") -> tuple[str, ...]:
    """Return the reasons of one check.

    Raises:
        GenerationError: there is no such check, or it gave a code that it does not list.
    """
    if name not in _CHECKS:
        raise GenerationError(f"there is no check {name!r}; known: {', '.join(check_names())}")
    return _run(_CHECKS[name], item, writing, finish)


def run_checks(item: PlannedItem, writing: Writing | None, finish: str) -> tuple[str, ...]:
    """Return every reason to hold a sample, each once; `writing` is None when the completion was not readable."""
    if writing is None:
        return ("unreadable", "cut-off") if finish == "length" else ("unreadable",)
    reasons: list[str] = []
    for registered in checks():
        reasons.extend(_run(registered, item, writing, finish))
    return tuple(dict.fromkeys(reasons))


def _run(registered: Check, item: PlannedItem, writing: Writing, finish: str) -> tuple[str, ...]:
    reasons = tuple(registered.run(item, writing, finish))
    unlisted = [code for code in reasons if code not in registered.codes]
    if unlisted:
        raise GenerationError(
            f"check {registered.name!r} gave {unlisted[0]!r}, which it does not list; add it to its codes"
        )
    return reasons
