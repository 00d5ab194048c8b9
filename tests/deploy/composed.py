"""Reads compose.yaml as `docker compose` does: anchors and merges, then variables; and .env files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.places import COMPOSE

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Unset(Exception):
    """A variable that is required is not set."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name


class _Once(yaml.SafeLoader):
    """Refuses a mapping that has a key twice, of which YAML would keep the last."""


def _mapping(loader: _Once, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    twice = {key for key in keys if keys.count(key) > 1}
    assert not twice, f"twice in one mapping: {twice}{node.start_mark}"
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Once.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(path: Path) -> Any:
    """Return a YAML file; a key that is there twice is refused."""
    return yaml.load(path.read_text(), Loader=_Once)


def raw() -> dict[str, Any]:
    """Return compose.yaml with its variables as they are written."""
    found = read(COMPOSE)
    assert isinstance(found, dict)
    return found


def composed(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return compose.yaml with its variables filled in; raises Unset for one that is required and empty."""
    found = _filled(raw(), environment)
    assert isinstance(found, dict)
    return found


def _filled(node: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(one, environment) for one in node]
    return expand(node, environment) if isinstance(node, str) else node


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Return a text with `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:?why}` filled in; `$$` is a dollar."""
    made, at = "", 0
    while at < len(text):
        if text[at] != "$":
            made, at = made + text[at], at + 1
        elif text.startswith("$$", at):
            made, at = made + "$", at + 2
        elif text.startswith("${", at):
            end = _closing(text, at + 2)
            made, at = made + _value(text[at + 2 : end], environment), end + 1
        else:
            name = _NAME.match(text, at + 1)
            assert name, f"a lone dollar in {text!r}: write $$"
            made, at = made + environment.get(name[0], ""), name.end()
    return made


def _closing(text: str, at: int) -> int:
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at - 1


def _value(inner: str, environment: Mapping[str, str]) -> str:
    name = _NAME.match(inner)
    assert name, inner
    rest = inner[name.end() :]
    given = environment.get(name[0], "")
    if not rest or given:
        return given
    if rest.startswith(":?"):
        raise Unset(name[0], rest[2:])
    assert rest.startswith(":-"), f"{inner}: write :- or :?"
    return expand(rest[2:], environment)


def variables(text: str) -> dict[str, set[str]]:
    """Return the variables of a text with what follows each name: `:?`, `:-` or nothing."""
    found: dict[str, set[str]] = {}
    for name, operator in re.findall(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)(:[-?])?", text):
        found.setdefault(name, set()).add(operator)
    return found


def env_file(path: Path) -> dict[str, str]:
    """Return the variables of a .env file."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
