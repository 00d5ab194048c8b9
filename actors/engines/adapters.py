"""LoRA adapters: folders of bytes that never change, named by their digest.

An engine that generates always serves an adapter, because base and adapter requests must not mix in one engine on a
CPU (base requests silently get the adapter). Until there is a trained one, it serves one whose weights are all zero.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import orjson

from actors.engines.errors import EngineNotUsable
from actors.engines.settings import ZERO
from actors.engines.small_model import cache_folder

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
ZERO_RANK = 8
TARGETS = ("q_proj", "v_proj")
OF_IMAGES = ("vision", "visual", "perceiver", "connector")
"""Words in the names of modules that look at images: an adapter there is passed over by vLLM."""


@dataclass(frozen=True)
class Adapter:
    """An adapter on this machine."""

    name: str
    """`spine-draft@3fa9c1d2e4b7`: what it is called, and the first 12 digits of the digest of its bytes."""
    folder: Path
    rank: int
    targets: tuple[str, ...] | None
    """Last names of the modules it changes (`q_proj`); None: it says so in another way, so any may be."""
    model: str = ""
    """Name of the model it was made for; empty: not told."""
    model_digest: str = ""
    """Digest of that model's weights; empty: not told."""


def find_adapter(setting: str, model: Path) -> Adapter | None:
    """Return the adapter that a setting (`EngineSettings.adapter`) means for a model folder; None for none.

    Raises:
        EngineNotUsable: there is no such adapter, or its bytes are not those its folder is named after.
    """
    if not setting:
        return None
    return read_adapter(zero_adapter(model) if setting == ZERO else Path(setting))


def read_adapter(folder: Path) -> Adapter:
    """Return the adapter in a folder, under the folder's name; a name with a digest in it must match the bytes.

    Raises:
        EngineNotUsable: it is none, or the digest is another.
    """
    try:
        config, weights = (folder / CONFIG).read_bytes(), folder / WEIGHTS
        with weights.open("rb") as stream:
            digest = digest_of(hashlib.sha256(config).hexdigest(), hashlib.file_digest(stream, "sha256").hexdigest())
        told = orjson.loads(config)
        rank, targets = int(told["r"]), told.get("target_modules")
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise EngineNotUsable(f"no LoRA adapter in {folder}: it needs {CONFIG} (with `r`) and {WEIGHTS}") from error
    called, _, wanted = folder.resolve().name.partition("@")
    if wanted and wanted != digest[:12]:
        raise EngineNotUsable(f"adapter {folder.name} has other bytes (digest {digest[:12]}): adapters never change")
    return Adapter(name=f"{called}@{digest[:12]}", folder=folder, rank=rank, targets=_suffixes(targets))


def zero_adapter(model: Path) -> Path:
    """Return the folder of an adapter of zeros for a model, made first if it is not there.

    It is LoRA of rank 8 on the query and value projections of every layer of the language model, in float16; the model
    answers with it exactly as without. Safe to call from many processes.

    Raises:
        EngineNotUsable: the model has no such projections.
    """
    from safetensors.numpy import save

    shapes = _projections(model)
    if not shapes:
        raise EngineNotUsable(f"no zero adapter for {model.name}: it has no {' or '.join(TARGETS)}; set adapter to ''")
    weights = save(_zeros(shapes), metadata={"format": "pt"})
    config = orjson.dumps(_zero_config(), option=orjson.OPT_INDENT_2)
    digest = digest_of(hashlib.sha256(config).hexdigest(), hashlib.sha256(weights).hexdigest())
    target = cache_folder() / "adapters" / f"{ZERO}@{digest[:12]}"
    if not target.is_dir():
        place_folder(target, {CONFIG: config, WEIGHTS: weights})
    return target


def _suffixes(targets: object) -> tuple[str, ...] | None:
    """Return the last names of target modules; None when they are a pattern and not a list."""
    if not isinstance(targets, list) or not targets:
        return None
    return tuple(sorted({str(target).rpartition(".")[2] for target in targets}))


def _projections(model: Path) -> dict[str, tuple[int, int]]:
    """Return module name and shape (rows, columns) of every projection of the language model, from the weight files."""
    from safetensors import safe_open

    found: dict[str, tuple[int, int]] = {}
    for file in sorted(model.glob("*.safetensors")):
        with safe_open(file, framework="numpy") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - not a mapping
                module, _, last = name.rpartition(".")
                if last == "weight" and module.endswith(TARGETS) and not any(word in module for word in OF_IMAGES):
                    rows, columns = tensors.get_slice(name).get_shape()
                    found[module] = (rows, columns)
    return found


def _zeros(shapes: dict[str, tuple[int, int]]) -> dict[str, object]:
    import numpy

    zeros: dict[str, object] = {}
    for module, (rows, columns) in sorted(shapes.items()):
        zeros[f"base_model.model.{module}.lora_A.weight"] = numpy.zeros((ZERO_RANK, columns), numpy.float16)
        zeros[f"base_model.model.{module}.lora_B.weight"] = numpy.zeros((rows, ZERO_RANK), numpy.float16)
    return zeros


def _zero_config() -> dict[str, object]:
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": ZERO_RANK,
        "lora_alpha": ZERO_RANK,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": list(TARGETS),
        "inference_mode": True,
    }


def digest_of(config_sha256: str, weights_sha256: str) -> str:
    """Return the digest of an adapter from those of its two files: sha256 over `<sha256>  <file name>` lines."""
    lines = f"{config_sha256}  {CONFIG}\n{weights_sha256}  {WEIGHTS}\n"
    return hashlib.sha256(lines.encode()).hexdigest()


def place_folder(target: Path, files: dict[str, bytes]) -> None:
    """Write a folder that appears whole or not at all; where another process was first, its folder stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, content in files.items():
            (working / name).write_bytes(content)
        working.chmod(0o755)
        os.replace(working, target)  # noqa: PTH105 - the rename must be atomic
    except OSError:
        if not target.is_dir():  # another process was first: the same bytes
            raise
    finally:
        shutil.rmtree(working, ignore_errors=True)
