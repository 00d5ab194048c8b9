"""Reads a PromQL query as far as names go: which metrics it asks for, by which labels, with which functions.

It splits the text into tokens and looks at what stands before and after a name; it computes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

AGGREGATIONS = frozenset({"sum", "min", "max", "avg", "count", "topk", "bottomk", "group", "stddev", "quantile"})
FUNCTIONS = frozenset(
    {"rate", "increase", "deriv", "histogram_quantile", "label_replace", "last_over_time", "label_values", "vector"}
)
GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
WORDS = frozenset({"and", "or", "unless", "offset", "bool"})
OF_COUNTERS = frozenset({"rate", "increase"})

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<macro>\$__\w+|\$\w+)
    |(?P<duration>\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)(?![\w.])
    |(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)
    |(?P<name>[a-zA-Z_:][\w:]*)
    |(?P<operator>=~|!~|==|!=|>=|<=|[-+*/%^<>=])
    |(?P<sign>[(){}\[\],])""",
    re.VERBOSE,
)
_PAIRS = {")": "(", "}": "{", "]": "["}


class Unreadable(Exception):
    """A text that is no query, or holds a name that is not known here."""


@dataclass
class Query:
    """The names of a query."""

    metrics: set[str] = field(default_factory=set)
    matched: set[str] = field(default_factory=set)
    """Labels that selectors match."""
    grouped: set[str] = field(default_factory=set)
    """Labels of `by`, `on` and `group_left`."""
    made: set[str] = field(default_factory=set)
    """Labels that label_replace makes."""
    functions: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    """Metrics that stand right in `rate` or `increase`."""


def tokens(text: str) -> list[tuple[str, str]]:
    """Return (kind, text) of each token; raises Unreadable, for brackets that do not close as well."""
    found: list[tuple[str, str]] = []
    stack: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Unreadable(f"at {text[at : at + 20]!r}")
        at = match.end()
        if match.lastgroup == "space":
            continue
        token = match[0]
        if token in _PAIRS.values():
            stack.append(token)
        elif token in _PAIRS and (not stack or stack.pop() != _PAIRS[token]):
            raise Unreadable(f"{token} closes nothing in {text!r}")
        found.append((match.lastgroup, token))
    if stack:
        raise Unreadable(f"{stack[-1]} is left open in {text!r}")
    return found


def read(text: str) -> Query:
    """Return the names of a query; raises Unreadable."""
    found, query = tokens(text), Query()
    at = 0
    while at < len(found):
        kind, token = found[at]
        if token == "{":
            at = _matchers(found, at + 1, query)
        elif kind == "name":
            at = _name(found, at, query)
        else:
            at += 1
    if not query.metrics:
        raise Unreadable(f"asks for no metric: {text!r}")
    return query


def _name(found: list[tuple[str, str]], at: int, query: Query) -> int:
    token, called = found[at][1], _text(found, at + 1) == "("
    if token in GROUPING:
        end = next(i for i in range(at, len(found)) if found[i][1] == ")") if called else at
        query.grouped |= {text for kind, text in found[at + 1 : end] if kind == "name"}
        return end + 1
    if token in AGGREGATIONS and (called or _text(found, at + 1) in GROUPING):
        query.functions.add(token)
    elif called:
        if token not in FUNCTIONS:
            raise Unreadable(f"{token} is no function that is known here")
        query.functions.add(token)
        if token == "label_replace":
            query.made.add(_first_string(found, at))
        if token == "label_values":
            query.metrics.add(_text(found, at + 2))
            query.grouped.add(_text(found, at + 4))
            return at + 6
    elif token not in WORDS:
        query.metrics.add(token)
        if _text(found, at - 1) == "(" and _text(found, at - 2) in OF_COUNTERS:
            query.counted.add(token)
    return at + 1


def _matchers(found: list[tuple[str, str]], at: int, query: Query) -> int:
    while _text(found, at) != "}":
        if len(found) < at + 3:
            raise Unreadable("a selector is not finished")
        label, operator, value = found[at : at + 3]
        if label[0] != "name" or operator[1] not in ("=", "!=", "=~", "!~") or value[0] != "string":
            raise Unreadable(f"no matcher: {label[1]} {operator[1]} {value[1]}")
        query.matched.add(label[1])
        at += 4 if _text(found, at + 3) == "," else 3
    return at + 1


def _first_string(found: list[tuple[str, str]], at: int) -> str:
    return next(text for kind, text in found[at:] if kind == "string").strip("\"'")


def _text(found: list[tuple[str, str]], at: int) -> str:
    return found[at][1] if 0 <= at < len(found) else ""
