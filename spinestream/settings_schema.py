"""The JSON Schema of all settings: type, bounds, default and effect of each, for `spinestream config schema`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

from review_bridge.desk.settings import SessionSettings
from spinestream.settings import Settings
from streams.broker import BrokerSettings
from streams.intake.gateway.settings import PseudonymSettings
from streams.object_store import S3Settings
from streams.splits import SplitSettings

ENVIRONMENT_ONLY = (SplitSettings, PseudonymSettings, SessionSettings, BrokerSettings, S3Settings)
"""Settings that no file keeps; they come under the prefix of their variables."""


def schema() -> dict[str, Any]:
    """Return the schema of `Settings`; `environment_only` holds those of what only the environment sets."""
    apart = {str(kind.model_config.get("env_prefix")): kind.model_json_schema() for kind in ENVIRONMENT_ONLY}
    found = Settings.model_json_schema()
    definitions = found.get("$defs", {})
    for kind in _models(Settings):
        for name, effect in _effects(kind).items():
            field = definitions.get(kind.__name__, {}).get("properties", {}).get(name)
            if field is not None:
                field.setdefault("description", effect)
    return {**found, "environment_only": apart}


def _models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield the models that the fields of a model hold, at any depth."""
    for field in kind.model_fields.values():
        for one in (field.annotation, *get_args(field.annotation)):
            if inspect.isclass(one) and issubclass(one, BaseModel):
                yield one
                yield from _models(one)


def _effects(kind: type[BaseModel]) -> dict[str, str]:
    """Return the sentences under the fields of a model, as its source has them."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in pairwise(body.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            effect = ast.literal_eval(below.value) if isinstance(below.value, ast.Constant) else ""
            found[field.target.id] = " ".join(str(effect).split())
    return found
