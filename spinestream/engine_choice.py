"""Looks at the choice of an engine before anything is started: an actor could only say in its log what is wrong."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from actors.engines import EngineSettings, ScriptedSettings, engine_names
from spinestream.errors import SettingsWrong
from spinestream.settings import Settings

_SETTINGS: Mapping[str, type[BaseModel]] = {"vllm": EngineSettings, "scripted": ScriptedSettings}
"""Settings of the engines that ship here; another package's engine looks at its own when it is loaded."""
_PACKAGES: Mapping[str, str] = {"vllm": "vllm"}


def check_engine(settings: Settings) -> None:
    """Raise SettingsWrong when the engine is unknown or not installed, or when it has no such setting or value."""
    name = settings.engine
    if name not in engine_names():
        raise SettingsWrong([f"engine: no engine is called {name!r}; there are {', '.join(engine_names())}"])
    package = _PACKAGES.get(name)
    if package is not None and importlib.util.find_spec(package) is None:
        raise SettingsWrong(
            [f"engine: {name} needs the package {package}: install spinestream[cpu] or spinestream[gpu]"]
        )
    shape = _SETTINGS.get(name)
    if shape is None:
        return
    try:
        shape.model_validate(settings.engine_settings)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        told = []
        for one in faults:
            field = ".".join(str(part) for part in one["loc"])
            told.append(f"engine_settings.{field}: {SettingsWrong.fault(one['type'], one['msg'])}")
        known = ", ".join(shape.model_fields)
        raise SettingsWrong([*told, f"settings of the engine {name}: {known}"]) from error
