"""All settings of a deployment, composed of those that live with what they configure.

Sources, strongest first: flags of the command line, the environment (`SPINESTREAM_…`, nested with `__`), the work
folder's `run/settings.json`, the defaults. A run writes what came of these into that file, and its roles read nothing
else: they work with the very settings that the run was given.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError

from actors.budget import BudgetSettings
from actors.engines.settings import BUNDLED
from actors.pools.settings import PoolSettings, check_served
from actors.reading import ReadingSettings
from bench.runner.settings import ScorerSettings
from generation.planning import PlanSettings
from generation.tasks import GenerationSettings, small_model_profile
from review_bridge.desk import DeskSettings
from review_bridge.snapshots.settings import DatasetSettings
from spinestream.errors import SettingsWrong
from spinestream.telemetry.settings import TelemetrySettings
from spinestream.workdir import Workdir
from streams.intake.documents import DocumentSettings
from streams.intake.gateway.settings import GatewaySettings
from streams.trends.trigger import TriggerSettings
from training.gate.settings import GateSettings
from training.settings import TrainSettings, read_settings

SCRIPTED = "scripted"
PREFIX = "SPINESTREAM_"
NESTED = "__"


class Settings(BaseSettings):
    """Everything an operator may set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="ignore")

    database: str = Field(default="spinestream", pattern="^[a-z][a-z0-9_]{0,37}$", description="MongoDB database.")
    blobs: str = Field(default="", description="Blob store: a folder or s3://; empty: the work folder's own.")
    ray: str = Field(default="", description="Address of a Ray cluster; empty: Ray is started on this machine.")
    engine: str = Field(default="vllm", description="Engine of the pools: vllm, or one that a package registers.")
    engine_settings: dict[str, Any] = Field(default_factory=dict, description="Settings of that engine, by name.")
    pools: dict[str, PoolSettings] = Field(
        default_factory=lambda: {"engine": PoolSettings()},
        description="Pools of engine actors by name; every stage (read, draft, revise) is served by one of them.",
    )
    generation: GenerationSettings | None = Field(
        default=None, description="Drafting and revising; none: the profile measured for the bundled model."
    )
    reading: ReadingSettings = Field(default_factory=ReadingSettings, description="What sources are read for.")
    plan: PlanSettings = Field(default_factory=PlanSettings, description="Which items a source gives.")
    budget: BudgetSettings = Field(
        default_factory=BudgetSettings, description="What the engines may use before they stand still."
    )
    documents: DocumentSettings = Field(default_factory=DocumentSettings, description="What is read, and its limits.")
    web: DeskSettings = Field(default_factory=DeskSettings, description="The clinicians' desk.")
    datasets: DatasetSettings = Field(
        default_factory=DatasetSettings, description="How datasets are cleaned before they are frozen."
    )
    bench: ScorerSettings = Field(default_factory=ScorerSettings, description="How models are scored on SpineBench.")
    gateway: GatewaySettings = Field(default_factory=GatewaySettings, description="How hospital studies come in.")
    trigger: TriggerSettings = Field(default_factory=TriggerSettings, description="When training is asked for.")
    deid: dict[str, Any] = Field(
        default_factory=dict, description="How identifiers go: mode, keep_sex, keep_age, day_first."
    )
    training: TrainSettings = Field(default_factory=read_settings, description="How adapters are trained.")
    gate: GateSettings = Field(default_factory=GateSettings, description="When a candidate becomes the champion.")
    telemetry: TelemetrySettings = Field(
        default_factory=TelemetrySettings, description="What a deployment shows of itself, and where."
    )
    separate: bool = Field(default=False, description="Run every role in a process of its own.")

    def generation_settings(self) -> GenerationSettings:
        """Return how to draft and revise: the profile of the bundled model where that answers, and none is given."""
        bundled = self.engine != "openai" and self.engine_settings.get("model", BUNDLED) == BUNDLED
        return self.generation or (small_model_profile() if bundled else GenerationSettings())

    def training_settings(self, file: Path | None = None) -> TrainSettings:
        """Return how adapters are trained, with what a YAML file says besides: of the model that the engines serve,
        where training names none itself. Raises ConfigurationUnusable."""
        found = read_settings(file, self.training)
        served = str(self.engine_settings.get("model") or BUNDLED)
        return found.model_copy(update={"model": served}) if found.model == BUNDLED else found

    def engine_of(self, pool: PoolSettings) -> tuple[str, dict[str, Any]]:
        """Return the engine of a pool and its settings: the deployment's go with the deployment's engine only."""
        engine = pool.engine or self.engine
        shared = self.engine_settings if engine == self.engine else {}
        return engine, {**shared, **pool.engine_settings}

    @field_validator("pools")
    @classmethod
    def _served(cls, pools: dict[str, PoolSettings]) -> dict[str, PoolSettings]:
        """Refuse pools of which some stage would have none, or two."""
        check_served(pools)
        return pools

    @field_validator("blobs")
    @classmethod
    def _absolute(cls, blobs: str) -> str:
        """Tie a folder to where it is named: roles and later commands may be called from elsewhere. A login in a URL is
        refused, since these settings are kept in a file."""
        if "//" in blobs and "@" in blobs.partition("//")[2].partition("/")[0]:
            raise ValueError("a blob store's URL holds no login: keys come from the environment or from files")
        return str(Path(blobs).expanduser().resolve()) if blobs and "://" not in blobs else blobs


def load(workdir: Workdir, flags: Mapping[str, Any] | None = None, *, new_run: bool = False) -> Settings:
    """Return the settings of a work folder; `flags` are those that the command line gives, as nested fields.

    A new run does not remember the engine for tests: it must never answer because of a flag that somebody gave once.

    Whoever names an engine starts from that engine's defaults: the file's settings of an engine do not go with it.
    Raises `SettingsWrong`, which names each field that cannot be used and where it was set.
    """
    flags = flags or {}
    stored = _stored(workdir)
    if new_run:
        _forget_tests(stored)
    try:
        given = EnvSettingsSource(Settings)()
        if "engine" in flags or given.get("engine", stored.get("engine")) != stored.get("engine"):
            _forget_engine(stored)
        for layer in (given, flags):
            _forget_pools(stored, layer)
        return Settings(**_merged(_merged(stored, given), flags))
    except SettingsError as error:
        raise SettingsWrong([f"in the environment: {error}"]) from error
    except ValidationError as error:
        raise SettingsWrong(_told(error, flags, given, workdir)) from error


Standalone = TypeVar("Standalone", bound=BaseSettings)


def from_environment(kind: type[Standalone], **given: Any) -> Standalone:
    """Return settings that no file keeps, from the environment and what is given; raises `SettingsWrong`."""
    try:
        return kind(**given)
    except (SettingsError, ValidationError) as error:
        prefix = kind.model_config.get("env_prefix", PREFIX)
        if isinstance(error, SettingsError):
            raise SettingsWrong([f"in the environment: {error}"]) from error
        faults = error.errors(include_url=False, include_input=False)
        raise SettingsWrong([_variable_told(prefix, one["loc"], one["type"], one["msg"]) for one in faults]) from error


def _variable_told(prefix: str, place: tuple[int | str, ...], kind: str, message: str) -> str:
    """Say what is wrong with a variable; of several that do not go together the message names them itself."""
    said = SettingsWrong.fault(kind, message).removeprefix("Value error, ")
    return f"{prefix}{place[0]}".upper() + f": {said}" if place else said


def outside(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `environ` that are no settings of `Settings`: what a role is given along."""
    names = tuple(f"{PREFIX}{name}".upper() for name in Settings.model_fields)
    nested = tuple(name + NESTED for name in names)
    return {k: v for k, v in environ.items() if k.upper() not in names and not k.upper().startswith(nested)}


def _stored(workdir: Workdir) -> dict[str, Any]:
    try:
        found = json.loads(workdir.settings_file.read_text()) if workdir.settings_file.exists() else {}
    except ValueError as error:
        raise SettingsWrong([f"{workdir.settings_file} is damaged ({error}): remove it"]) from error
    return dict(found)


def _forget_tests(stored: dict[str, Any]) -> None:
    """Drop the engine for tests, wherever it is stored; anything that is no table is for validation to refuse."""
    pools = stored.get("pools")
    for one in (stored, *(pools.values() if isinstance(pools, dict) else ())):
        if isinstance(one, dict) and one.get("engine") == SCRIPTED:
            _forget_engine(one)


def _forget_engine(stored: dict[str, Any]) -> None:
    """Drop a stored engine with its settings."""
    stored.pop("engine", None)
    stored.pop("engine_settings", None)


def _forget_pools(stored: dict[str, Any], upper: Mapping[str, Any]) -> None:
    """Drop stored pools where the stages are given out anew: they would serve them a second time."""
    pools = upper.get("pools")
    if isinstance(pools, Mapping) and any(isinstance(one, Mapping) and "stages" in one for one in pools.values()):
        stored.pop("pools", None)


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return `lower` with what `upper` says in its place, field by field at every depth."""
    merged = dict(lower)
    for name, value in upper.items():
        below = merged.get(name)
        merged[name] = _merged(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return merged


def _told(
    error: ValidationError, flags: Mapping[str, Any], environment: Mapping[str, Any], workdir: Workdir
) -> list[str]:
    """Say of each fault which field it is in, where it was set and what is allowed; values are not quoted."""
    told = []
    for one in error.errors(include_url=False, include_input=False):
        names = [str(part) for part in one["loc"]]
        if _holds(flags, names):
            where = "on the command line"
        elif _holds(environment, names):
            where = f"in the environment, {PREFIX}{NESTED.join(names).upper()}"
        else:
            where = f"in {workdir.settings_file}"
        told.append(f"{'.'.join(names)} ({where}): {SettingsWrong.fault(one['type'], one['msg'])}")
    return told


def _holds(layer: Any, names: list[str]) -> bool:
    for name in names:
        if not isinstance(layer, Mapping):
            return True
        if name not in layer:
            return False
        layer = layer[name]
    return True


def save(workdir: Workdir, settings: Settings) -> None:
    """Write the settings for the roles and for later commands; they hold no secret of ours."""
    part = workdir.settings_file.with_suffix(f".{os.getpid()}.part")
    part.write_text(settings.model_dump_json(indent=2))
    part.replace(workdir.settings_file)
