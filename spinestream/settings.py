"""All settings of a deployment, composed of those that live with what they configure.

Sources, strongest first: environment (`SPINESTREAM_…`, nested with `__`), then the work folder's `run/settings.json`,
which the supervisor writes for its roles, then the defaults.
"""

from __future__ import annotations

import json
import os
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from actors.engines.settings import BUNDLED
from actors.pools.settings import PoolSettings
from generation.planning import PlanSettings
from generation.tasks import GenerationSettings, small_model_profile
from spinestream.workdir import Workdir
from streams.intake.documents import DocumentSettings

SCRIPTED = "scripted"


class Settings(BaseSettings):
    """Everything an operator may set."""

    model_config = SettingsConfigDict(env_prefix="SPINESTREAM_", env_nested_delimiter="__", extra="ignore")

    database: str = Field(default="spinestream", pattern="^[a-z][a-z0-9_]{0,37}$", description="MongoDB database.")
    blobs: str = Field(default="", description="Blob store: a folder, s3:// or gs://; empty: the work folder's own.")
    ray: str = Field(default="", description="Address of a Ray cluster; empty: Ray is started on this machine.")
    engine: str = Field(default="vllm", description="Engine of the pools: vllm, or one that a package registers.")
    engine_settings: dict[str, Any] = Field(default_factory=dict, description="Settings of that engine, by name.")
    pool: PoolSettings = Field(default_factory=PoolSettings, description="Size and patience of the pool.")
    generation: GenerationSettings | None = Field(
        default=None, description="Drafting and revising; none: the profile measured for the bundled model."
    )
    plan: PlanSettings = Field(default_factory=PlanSettings, description="Which items a source gives.")
    documents: DocumentSettings = Field(default_factory=DocumentSettings, description="What is read, and its limits.")
    separate: bool = Field(default=False, description="Run every role in a process of its own.")

    def generation_settings(self) -> GenerationSettings:
        """Return how to draft and revise: the profile of the bundled model where that answers, and none is given."""
        bundled = self.engine_settings.get("model", BUNDLED) == BUNDLED
        return self.generation or (small_model_profile() if bundled else GenerationSettings())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over what a file or a caller gives."""
        return env_settings, init_settings


def load(workdir: Workdir, **flags: Any) -> Settings:
    """Return the settings of a work folder; `flags` of the command line that are not None go before its file."""
    stored = json.loads(workdir.settings_file.read_text()) if workdir.settings_file.exists() else {}
    return Settings(**{**stored, **{name: value for name, value in flags.items() if value is not None}})


def save(workdir: Workdir, settings: Settings) -> None:
    """Write the settings for the roles; they hold no secret."""
    part = workdir.settings_file.with_suffix(f".{os.getpid()}.part")
    part.write_text(settings.model_dump_json(indent=2))
    part.replace(workdir.settings_file)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of all settings, for `spinestream config schema`."""
    return Settings.model_json_schema()
