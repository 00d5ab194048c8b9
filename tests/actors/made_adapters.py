"""Adapters for tests: LoRA of random weights, and broken ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import orjson
from safetensors.numpy import load_file, save_file

from actors.engines.adapters import CONFIG, WEIGHTS

MODULE = "base_model.model.model.layers.0.self_attn"


def write(to: Path, tensors: dict[str, Any], rank: int = 8, **config: object) -> Path:
    """Write an adapter of these tensors."""
    to.mkdir(parents=True)
    save_file(dict(sorted(tensors.items())), to / WEIGHTS, metadata={"format": "pt"})
    told = {"peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "target_modules": ["q_proj", "v_proj"]}
    (to / CONFIG).write_bytes(orjson.dumps({**told, **config}))
    return to


def plain(to: Path, seed: int = 0, rank: int = 8, **config: object) -> Path:
    """Write one of two small modules, for engines without a model."""
    random = numpy.random.default_rng(seed)
    shapes = {"q_proj": (16, 8), "v_proj": (8, 8)}
    tensors: dict[str, Any] = {}
    for module, (rows, columns) in shapes.items():
        for half, shape in {"A": (rank, columns), "B": (rows, rank)}.items():
            name = f"{MODULE}.{module}.lora_{half}.weight"
            tensors[name] = random.normal(0, 0.1, shape).astype(numpy.float32)
    return write(to, tensors, rank, **config)


def like(zero: Path, to: Path, seed: int, scale: float = 0.1) -> Path:
    """Write one of random weights in the shapes of another: with `scale` 0.1 the small model writes other answers."""
    random = numpy.random.default_rng(seed)
    tensors = {
        name: random.normal(0, scale, tensor.shape).astype(numpy.float32)
        for name, tensor in sorted(load_file(zero / WEIGHTS).items())
    }
    return write(to, tensors)


def changed(folder: Path, to: Path, change: Any) -> Path:
    """Write a copy whose tensors went through `change` (a function of name and array; None leaves one out)."""
    tensors = {name: change(name, tensor.copy()) for name, tensor in load_file(folder / WEIGHTS).items()}
    to.mkdir(parents=True)
    kept = {name: numpy.ascontiguousarray(one) for name, one in tensors.items() if one is not None}
    save_file(kept, to / WEIGHTS, metadata={"format": "pt"})
    (to / CONFIG).write_bytes((folder / CONFIG).read_bytes())
    return to
