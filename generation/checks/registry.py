"""The registry of checks. A check is a pure function that gives stable codes of reasons to hold a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from generation.errors import GenerationError
from generation.items import Kind, PlannedItem
from generation.samples import Writing

CheckFunction = Callable[[PlannedItem, Writing, str], Sequence[str]]
"""`(item, writing, finish) -> reasons`; finish is `stop`, or `length` when the completion was cut off."""
ALL_KINDS = frozenset(Kind)
CHOICE = frozenset([Kind.MCQ])
OPEN = frozenset([Kind.OPEN_QA])
EXAM = CHOICE | OPEN
"""A question, a rationale and one truth."""
CONSULTATION = frozenset([Kind.CONSULTATION])
REPORT = frozenset([Kind.REPORT])
PROSE = CONSULTATION | REPORT
"""Many texts, in words of every day and of treatment."""


class Check(NamedTuple):
    """A registered check."""

    name: str
    codes: tuple[str, ...]
    """Every reason it may give."""
    kinds: frozenset[Kind]
    """The kinds of sample it looks at."""
    run: CheckFunction


_CHECKS: list[Check] = []
_BY_KIND: dict[Kind, dict[str, Check]] = {kind: {} for kind in Kind}


class check:  # noqa: N801 - a decorator
    """Register a function as the check `name` of `kinds`, which may give the reasons `codes`."""

    def __init__(self, name: str, *codes: str, kinds: Iterable[Kind] = ALL_KINDS) -> None:
        self.name = name
        self.codes = codes
        self.kinds = frozenset(kinds)

    def __call__(self, function: CheckFunction) -> CheckFunction:
        """Register `function`; a kind has one check of a name."""
        taken = sorted(kind for kind in self.kinds if self.name in _BY_KIND[kind])
        if taken:
            raise GenerationError(
                f"there is a check named {self.name!r} already (kind {taken[0]}); give this one another name"
            )
        if not self.codes:
            raise GenerationError(f"check {self.name!r} names no reason; list every code it may give")
        registered = Check(self.name, self.codes, self.kinds, function)
        _CHECKS.append(registered)
        for kind in self.kinds:
            _BY_KIND[kind][self.name] = registered
        return function


def checks(kind: Kind | None = None) -> tuple[Check, ...]:
    """Return all checks (of a kind), in the order in which they run."""
    return tuple(_CHECKS) if kind is None else tuple(_BY_KIND[kind].values())


def check_names(kind: Kind | None = None) -> tuple[str, ...]:
    """Return the names that a criterion (of a kind) may use as `check:<name>`."""
    return tuple(sorted({registered.name for registered in checks(kind)}))


def reasons_of(name: str, item: PlannedItem, writing: Writing, finish: str = "stop") -> tuple[str, ...]:
    """Return the reasons of one check; none where it does not look at the item's kind.

    Raises:
        GenerationError: there is no such check, or it gave a code that it does not list.
    """
    registered = _BY_KIND[item.kind].get(name)
    if registered is not None:
        return _run(registered, item, writing, finish)
    if name not in check_names():
        raise GenerationError(f"there is no check {name!r}; known: {', '.join(check_names())}")
    return ()


def reasons_by_check(item: PlannedItem, writing: Writing, finish: str) -> Mapping[str, tuple[str, ...]]:
    """Return the reasons of every check of the item's kind by its name, in the order in which they run.

    Raises:
        GenerationError: a check gave a code that it does not list.
    """
    return {name: _run(registered, item, writing, finish) for name, registered in _BY_KIND[item.kind].items()}


def merged(by_check: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return all reasons, each once."""
    return tuple(dict.fromkeys(reason for reasons in by_check.values() for reason in reasons))


def run_checks(item: PlannedItem, writing: Writing | None, finish: str) -> tuple[str, ...]:
    """Return every reason to hold a sample, each once; `writing` is None when the completion was not readable."""
    if writing is None:
        return ("unreadable", "cut-off") if finish == "length" else ("unreadable",)
    return merged(reasons_by_check(item, writing, finish))


def _run(registered: Check, item: PlannedItem, writing: Writing, finish: str) -> tuple[str, ...]:
    reasons = tuple(registered.run(item, writing, finish))
    for code in reasons:
        if code not in registered.codes:
            raise GenerationError(
                f"check {registered.name!r} gave {code!r}, which it does not list; add it to its codes"
            )
    return reasons
