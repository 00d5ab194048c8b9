"""Performance gates: what a measurement must reach, in YAML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from spinestream.errors import SettingsWrong


class Gate(BaseModel):
    """One figure and its bound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str
    min_value: float | None = None
    max_value: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.min_value is None) == (self.max_value is None):
            raise ValueError("give min_value or max_value")
        return self

    def fault(self, figures: Mapping[str, Any]) -> str | None:
        """Return what is wrong with the figures, None when they pass; a figure that is nan or missing does not."""
        value = figures.get(self.metric)
        if not isinstance(value, int | float) or math.isnan(value):
            return f"{self.metric} was not measured"
        if self.min_value is not None and value < self.min_value:
            return f"{self.metric} is {value:g}, at least {self.min_value:g} is wanted"
        if self.max_value is not None and value > self.max_value:
            return f"{self.metric} is {value:g}, at most {self.max_value:g} is wanted"
        return None


_FILE = TypeAdapter(dict[str, tuple[Gate, ...]])


def read_gates(place: Path | None = None) -> dict[str, tuple[Gate, ...]]:
    """Return the gates of each measurement, from a file or the packaged one; raises SettingsWrong."""
    text = place.read_text() if place else (files("spinestream.perf") / "gates.yaml").read_text("utf-8")
    where = str(place) if place else "spinestream/perf/gates.yaml"
    try:
        return _FILE.validate_python(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise SettingsWrong([f"{where}: not readable as YAML ({error})"]) from error
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise SettingsWrong(
            [f"{where}: {'.'.join(str(p) for p in one['loc'])}: {one['msg']}" for one in faults]
        ) from error


def faults_of(name: str, figures: Mapping[str, Any], place: Path | None = None) -> list[str]:
    """Return what of a measurement does not reach its gates."""
    found = (gate.fault(figures) for gate in read_gates(place).get(name, ()))
    return [fault for fault in found if fault]
