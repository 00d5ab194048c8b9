"""Looks at the choice of an engine before anything is started: an actor could only say in its log what is wrong."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from actors.engines import EngineSettings, OpenAISettings, ScriptedSettings, engine_names
from actors.engines.settings import ZERO
from spinestream.errors import SettingsWrong
from spinestream.settings import Settings

_SETTINGS: Mapping[str, type[BaseModel]] = {
    "vllm": EngineSettings,
    "vllm-async": EngineSettings,
    "openai": OpenAISettings,
    "scripted": ScriptedSettings,
}
"""Settings of the engines that ship here; another package's engine looks at its own when it is loaded."""
_PACKAGES: Mapping[str, str] = {"vllm": "vllm", "vllm-async": "vllm"}


def check_engine(settings: Settings) -> None:
    """Raise SettingsWrong when the engine of a pool is unknown or not installed, or has no such setting or value."""
    for name, pool in settings.pools.items():
        engine, given = settings.engine_of(pool)
        own = f"pools.{name}." if pool.engine or pool.engine_settings else ""
        told = _faults(engine, given, own)
        if told:
            raise SettingsWrong(told)


def check_followers(settings: Settings) -> None:
    """Raise SettingsWrong for a pool that follows the route and yet has an adapter of its own: candidates are compared
    with the champion of the registry, which knows nothing of it, and one that is worse might take its place."""
    told = []
    for name, pool in settings.pools.items():
        _, given = settings.engine_of(pool)
        adapter = given.get("adapter") or ZERO
        if pool.follow_route and adapter != ZERO:
            told.append(
                f"pools.{name}: follows the route, and engine_settings.adapter is {adapter}: set follow_route to false "
                "so that it keeps that one, or leave the adapter out so that it answers with the champion"
            )
    if told:
        raise SettingsWrong(told)


def _faults(engine: str, given: Mapping[str, object], where: str) -> list[str]:
    """Return what is wrong with an engine and its settings; `where` goes before the names of fields."""
    if engine not in engine_names():
        return [f"{where}engine: no engine is called {engine!r}; there are {', '.join(engine_names())}"]
    package = _PACKAGES.get(engine)
    if package is not None and importlib.util.find_spec(package) is None:
        return [f"{where}engine: {engine} needs the package {package}: install spinestream[cpu] or spinestream[gpu]"]
    shape = _SETTINGS.get(engine)
    if shape is None:
        return []
    try:
        shape.model_validate(given)
    except ValidationError as error:
        told = []
        for one in error.errors(include_url=False, include_input=False):
            field = ".".join(str(part) for part in one["loc"])
            told.append(f"{where}engine_settings.{field}: {SettingsWrong.fault(one['type'], one['msg'])}")
        return [*told, f"settings of the engine {engine}: {', '.join(shape.model_fields)}"]
    return []
