"""A model with an adapter worked into its weights: what scoring engines serve, since LoRA and likelihoods do not go
together in one engine on a CPU.

Changed weights are kept in float32: a delta may be smaller than the step of bfloat16, and would be rounded away.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from actors.engines.adapters import CONFIG, WEIGHTS, Adapter, read_adapter
from actors.engines.errors import EngineNotUsable
from actors.engines.small_model import cache_folder
from actors.engines.weights import MEMO, weights_digest

PREFIX = "base_model.model."
"""What peft writes before the names of the model's own modules."""
_NOT_READ = ("use_dora", "fan_in_fan_out", "rank_pattern", "alpha_pattern", "modules_to_save", "layer_replication")
"""Fields of an adapter's configuration that change what it computes, and that are not read here."""


@dataclass(frozen=True)
class _Delta:
    """What an adapter adds to one weight: scale * B @ A."""

    a: Any
    b: Any
    scale: float

    def added_to(self, weight: Any, name: str) -> Any:
        """Return the changed weight in float32; raises EngineNotUsable where the shapes do not fit."""
        import torch

        if (
            self.b.shape[0] != weight.shape[0]
            or self.a.shape[1] != weight.shape[1]
            or self.a.shape[0] != self.b.shape[1]
        ):
            shapes = f"{tuple(self.b.shape)} x {tuple(self.a.shape)} onto {tuple(weight.shape)}"
            raise EngineNotUsable(f"the adapter does not fit the model at {name}: {shapes}; was it made for another?")
        return weight.to(torch.float32) + self.scale * (self.b.to(torch.float32) @ self.a.to(torch.float32))


def merged(model: Path, adapter: Path | None) -> Path:
    """Return the folder of a model with an adapter worked in, made if it is not there; without one the model's own.

    It lies in the user's cache folder, named by the digests of both. Safe to call from many processes.

    Raises:
        EngineNotUsable: there is no such adapter, it does not fit the model, or it is of a kind that is not read here.
    """
    if adapter is None:
        return model
    from filelock import FileLock

    found = read_adapter(adapter)
    target = _place(model, found)
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.parent / f".{target.name}.lock"):
        if not target.is_dir():
            _make(model, adapter, target)
    return target


def discard(folder: Path) -> None:
    """Remove a merged model, which can be made again in seconds; a folder that is none is left alone."""
    if folder.parent == cache_folder() / "merged":
        shutil.rmtree(folder, ignore_errors=True)


def _place(model: Path, adapter: Adapter) -> Path:
    return cache_folder() / "merged" / f"{model.name}-{weights_digest(model)[:12]}+{adapter.name}"


def _make(model: Path, adapter: Path, target: Path) -> None:
    """Write the merged model beside `target`, then rename it there."""
    deltas = _deltas(adapter)
    working = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        left = set(deltas)
        for file in sorted(model.iterdir()):
            if file.suffix == ".safetensors":
                left -= _rewrite(file, working / file.name, deltas)
            elif file.is_file() and file.name != MEMO:
                shutil.copyfile(file, working / file.name)
        if left:
            raise EngineNotUsable(
                f"the model has no weight {min(left)}, which {adapter.name} changes: another model's?"
            )
        working.chmod(0o755)
        os.replace(working, target)  # noqa: PTH105 - the rename must be atomic
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _rewrite(file: Path, target: Path, deltas: Mapping[str, _Delta]) -> set[str]:
    """Write a weight file with its deltas added; returns the names of the weights that were changed."""
    from safetensors.torch import load_file, save_file

    weights = load_file(str(file))
    changed = deltas.keys() & weights.keys()
    for name in sorted(changed):
        weights[name] = deltas[name].added_to(weights[name], name).contiguous()
    save_file(weights, str(target), metadata={"format": "pt"})
    return set(changed)


def _deltas(adapter: Path) -> dict[str, _Delta]:
    """Return what an adapter adds, by the name of the weight."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    config = orjson.loads((adapter / CONFIG).read_bytes())
    scale = _scale(config, adapter.name)
    try:
        tensors = load_file(str(adapter / WEIGHTS))
    except (SafetensorError, OSError) as error:
        raise EngineNotUsable(f"the weights of adapter {adapter.name} cannot be read: {error}") from error
    halves: dict[str, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        module, half = _parts(name, adapter.name)
        halves.setdefault(module, {})[half] = tensor
    whole = [module for module, both in halves.items() if both.keys() == {"A", "B"}]
    if len(whole) != len(halves) or not whole:
        raise EngineNotUsable(f"adapter {adapter.name} lacks halves of its matrices: is its file whole?")
    return {f"{module}.weight": _Delta(halves[module]["A"], halves[module]["B"], scale) for module in whole}


def _parts(name: str, adapter: str) -> tuple[str, str]:
    """`base_model.model.<module>.lora_A.weight` gives module and `A`."""
    module, _, half = name.removeprefix(PREFIX).removesuffix(".weight").rpartition(".lora_")
    if not name.startswith(PREFIX) or half not in ("A", "B") or not module:
        raise EngineNotUsable(f"adapter {adapter} has a tensor that is no LoRA matrix of a linear layer: {name}")
    return module, half


def _scale(config: Mapping[str, Any], adapter: str) -> float:
    """Return what the product of the matrices is multiplied by: alpha / r, or alpha / sqrt(r) (rank-stabilised)."""
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        raise EngineNotUsable(f"adapter {adapter} is no LoRA without biases; only such are merged")
    if strange := [name for name in _NOT_READ if config.get(name)]:
        raise EngineNotUsable(f"adapter {adapter} uses {', '.join(strange)}, which merging does not know")
    rank, alpha = int(config["r"]), float(config.get("lora_alpha", config["r"]))
    return alpha / rank**0.5 if config.get("use_rslora") else alpha / rank
