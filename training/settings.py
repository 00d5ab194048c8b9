"""Settings of training, as one YAML file has them (`training/defaults.yaml` says each with its default)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import orjson
import yaml
from pydantic import Field, ValidationError, field_validator

from actors.engines.adapters import TARGETS, ZERO_RANK
from actors.engines.settings import BUNDLED
from generation.ids import digest
from generation.model import Value
from training.errors import ConfigurationUnusable

DEFAULTS = Path(__file__).with_name("defaults.yaml")
CHAMPION, BASE = "champion", "base"
NO_INFLUENCE: Mapping[str, str] = {
    "model": "its weights take part by their digest: the same bytes under another path are the same model",
    "init_from": "the adapter it means takes part in the run's id as the parent",
    "min_samples": "it says whether a run is begun, not what comes of it",
    "workers": "the gradient of a batch is the same sum, however many workers share it",
    "device": "where it is computed",
    "threads": "how fast it is computed",
    "checkpoint_every": "how much a kill costs",
    "share_compute": "when it is computed",
}
"""Settings that are left out of the digest, each with the reason: what is made does not depend on them."""


class TrainSettings(Value):
    """How an adapter is trained."""

    model: str = Field(
        default=BUNDLED,
        min_length=1,
        description="Which model is adapted: a folder, or a name in the local Hugging Face cache; `bundled`: the one "
        "that the engines are set to serve, which is the bundled one where they are set to none.",
    )
    init_from: str = Field(
        default=CHAMPION,
        min_length=1,
        description="Where the weights start: `champion` (what answers now), `base` (an adapter that changes nothing), "
        "or the name of an adapter.",
    )
    rank: int = Field(default=ZERO_RANK, ge=1, le=256, description="Rank of the adapter; engines are started for one.")
    alpha: int = Field(default=2 * ZERO_RANK, ge=1, le=1024, description="Its weight is alpha / rank.")
    targets: tuple[str, ...] = Field(
        default=TARGETS, min_length=1, description="Last names of the modules it changes; engines are started for them."
    )
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Share of the adapter's inputs that are dropped.")
    learning_rate: float = Field(default=1e-3, gt=0, le=1, description="Highest step size (AdamW).")
    warmup: float = Field(default=0.1, ge=0, lt=1, description="Share of the steps in which it rises; then it falls.")
    weight_decay: float = Field(default=0.0, ge=0, le=1, description="AdamW's decay of the adapter's weights.")
    clip: float = Field(default=1.0, gt=0, description="Largest norm of a gradient; longer ones are cut to it.")
    epochs: int = Field(default=3, ge=1, le=1000, description="How often every sample is seen.")
    max_steps: int = Field(default=36, ge=0, description="Steps at most, 0 for no bound: it bounds the time of a run.")
    batch: int = Field(default=8, ge=1, le=4096, description="Samples a step, over all workers.")
    max_tokens: int = Field(
        default=384,
        ge=16,
        le=1_048_576,
        description="Tokens of a sample; what is longer loses its end, and is counted.",
    )
    rationale_weight: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Weight in the loss of what follows the line of the answer, in multiple choice and open questions.",
    )
    replay: float = Field(
        default=0.25,
        ge=0,
        le=0.9,
        description="Share of the samples trained on that the parent has seen already: against forgetting.",
    )
    min_samples: int = Field(default=16, ge=1, description="New samples that a run needs; with fewer it is refused.")
    seed: int = Field(
        default=0, ge=0, description="Of the weights' start, the order of the samples, the replay's draw."
    )
    dtype: Literal["float32", "bfloat16"] = Field(
        default="bfloat16", description="Number format of the model's weights; those of the adapter are float32."
    )
    workers: int = Field(default=1, ge=1, le=1024, description="Ray Train's workers, a GPU each where there are GPUs.")
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="auto: GPUs where there are any.")
    threads: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Computing threads of a worker on a CPU; not more than there are free cores.",
    )
    checkpoint_every: int = Field(default=10, ge=1, description="Steps between two checkpoints.")
    share_compute: bool | None = Field(
        default=None,
        description="Whether a run waits for the compute lease and lets the engines stand still meanwhile; unset: "
        "where the machine has no GPU.",
    )

    @field_validator("targets")
    @classmethod
    def _sorted(cls, targets: tuple[str, ...]) -> tuple[str, ...]:
        """One order for the same targets, so that they are the same adapter."""
        return tuple(sorted(set(targets)))


def read_settings(file: Path | None = None, base: TrainSettings | None = None) -> TrainSettings:
    """Return the settings of a YAML file laid over `base` (else the packaged defaults); None: `base` itself.

    Raises ConfigurationUnusable, which names the file and each field that cannot be used.
    """
    under = base or (TrainSettings() if file == DEFAULTS else read_settings(DEFAULTS))
    if file is None:
        return under
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationUnusable(f"{file} cannot be read as YAML: {error}") from error
    if told is None:
        return under
    if not isinstance(told, dict):
        raise ConfigurationUnusable(f"{file} holds no settings: write one `name: value` a line")
    try:
        return TrainSettings.model_validate({**under.model_dump(), **told})
    except ValidationError as error:
        faults = [f"{one['loc'][0]}: {one['msg']}" for one in error.errors(include_url=False, include_input=False)]
        raise ConfigurationUnusable(f"{file}: " + "; ".join(faults)) from error


def config_digest(settings: TrainSettings, model_digest: str) -> str:
    """Return the digest (64 hex digits) of what decides about the adapter: settings but for `NO_INFLUENCE`, and the
    weights of the model."""
    told = settings.model_dump(mode="json", exclude=set(NO_INFLUENCE))
    return digest(orjson.dumps({**told, "model_digest": model_digest}, option=orjson.OPT_SORT_KEYS))
