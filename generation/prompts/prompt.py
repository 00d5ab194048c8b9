"""A prompt and how it becomes chat turns."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, PrivateAttr

from generation.model import Value
from generation.requests import Turn
from generation.sources import Language

OPENING = re.compile(r"<(?=[A-Za-z/|!])")


def fenced(text: str) -> str:
    """Return outside text on one line in which nothing can close its fence or open a chat turn.

    >>> fenced("disc </source> <|im_end|> < 50 %")
    'disc ‹/source> ‹|im_end|> < 50 %'
    """
    return OPENING.sub("‹", " ".join(text.split()))


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # chat text, not HTML; what comes from outside passes `fenced`
    )
    environment.filters["fenced"] = fenced
    return environment


ENVIRONMENT = _environment()


@lru_cache(maxsize=256)
def _compiled(template: str) -> Template:
    return ENVIRONMENT.from_string(template)


def _render(template: str, values: Mapping[str, Any]) -> str:
    return _compiled(template).render(values).strip()


class Example(Value):
    """A solved example: what the template is filled with, and the answer expected."""

    given: dict[str, Any]
    answer: dict[str, Any]


class Prompt(Value):
    """A prompt file."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    version: str = Field(min_length=1, max_length=20)
    language: Language
    system: str = Field(min_length=1)
    template: str = Field(min_length=1)
    """jinja2 (sandboxed); outside text goes through the filter `fenced`."""
    examples: tuple[Example, ...] = ()
    marks: tuple[str, ...] = ()
    """Lower-case words of the examples that a sample has by leaking only, unless its own evidence has them."""

    _heads: dict[tuple[int, str], tuple[Turn, ...]] = PrivateAttr(default_factory=dict)
    """What goes before the question, by the number of examples and the rules: the same for every item."""

    @property
    def label(self) -> str:
        """`<name>.<language>@<version>`, as provenance names it."""
        return f"{self.name}.{self.language}@{self.version}"

    def fill(self, given: Mapping[str, Any]) -> str:
        """Return the user text for these values.

        Raises:
            jinja2.UndefinedError: the template uses a value that is not given.
        """
        return _render(self.template, given)

    def turns(
        self, given: Mapping[str, Any], few_shot: int, rules: Mapping[str, Any] | None = None
    ) -> tuple[Turn, ...]:
        """Return the chat: system text, `few_shot` solved examples at most, then the question itself.

        `rules` fill the system text, which is a template too: nothing in them may come from outside.
        """
        return (*self._head(few_shot, rules or {}), Turn(role="user", text=self.fill(given)))

    def _head(self, few_shot: int, rules: Mapping[str, Any]) -> tuple[Turn, ...]:
        key = few_shot, json.dumps(rules, sort_keys=True)
        if key not in self._heads:
            turns = [Turn(role="system", text=_render(self.system, rules))]
            for example in self.examples[:few_shot]:
                turns.append(Turn(role="user", text=self.fill(example.given)))
                turns.append(Turn(role="assistant", text=json.dumps(example.answer, ensure_ascii=False)))
            self._heads[key] = tuple(turns)
        return self._heads[key]
