"""Engines: what answers a model request, behind one seam."""

from actors.engines.base import Engine, EngineCard, EngineProgress
from actors.engines.errors import EngineDead, EngineError, EngineNotUsable, RequestFailed
from actors.engines.factory import engine_names, open_engine
from actors.engines.settings import EngineSettings, OpenAISettings, ScriptedSettings

__all__ = [
    "Engine",
    "EngineCard",
    "EngineDead",
    "EngineError",
    "EngineNotUsable",
    "EngineProgress",
    "EngineSettings",
    "OpenAISettings",
    "RequestFailed",
    "ScriptedSettings",
    "engine_names",
    "open_engine",
]
