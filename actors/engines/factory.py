"""Engines by name: those that ship here, and those that other packages register."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from actors.engines.base import Engine
from actors.engines.errors import EngineNotUsable

GROUP = "spinestream.engines"
"""Entry point group: a name, and a function that takes settings and returns a loaded engine."""
SHIPPED: Mapping[str, str] = {
    "vllm": "actors.engines.vllm_engine:open_engine",
    "vllm-async": "actors.engines.vllm_async:open_engine",
    "openai": "actors.engines.openai_engine:open_engine",
    "scripted": "actors.engines.scripted:open_engine",
}

Opener = Callable[[Mapping[str, object]], Engine]


def engine_names() -> tuple[str, ...]:
    """Return every name `open_engine` knows, sorted."""
    return tuple(sorted({*SHIPPED, *(entry.name for entry in entry_points(group=GROUP))}))


def open_engine(name: str, settings: Mapping[str, object] | None = None) -> Engine:
    """Load the engine of a name; blocks until it is ready, so call it off the event loop.

    Raises:
        EngineNotUsable: no such engine, its package is missing, or it refuses the settings.
    """
    return _opener(name)(settings or {})


def _opener(name: str) -> Opener:
    try:
        if name in SHIPPED:
            module, _, function = SHIPPED[name].partition(":")
            opener: Opener = getattr(importlib.import_module(module), function)
            return opener
        for entry in entry_points(group=GROUP, name=name):
            loaded: Opener = entry.load()
            return loaded
    except ImportError as error:
        raise EngineNotUsable(f"the engine {name!r} cannot be imported: {error}") from error
    known = ", ".join(engine_names())
    raise EngineNotUsable(f"no engine is called {name!r}: use one of {known}, or install the package that registers it")
