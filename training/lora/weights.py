"""The model with its adapter: opened, started from a parent, and written in peft's form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from actors.engines.adapters import CONFIG, WEIGHTS
from training.errors import RunRefused
from training.lora.job import Job
from training.settings import TrainSettings


def open_tokenizer(folder: Path) -> Any:
    """Return the tokenizer of a model folder; raises RunRefused where it has no chat template."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    if not tokenizer.chat_template:
        raise RunRefused(f"the tokenizer of {folder.name} has no chat template: take the model's instruct version")
    return tokenizer


def open_model(job: Job, device: Any) -> Any:
    """Return the model with an adapter to train, weights of the parent in it; all else is frozen.

    Raises RunRefused where the parent is of another rank, alpha or other modules, or the model has no such modules.
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    settings = job.settings
    base = AutoModelForCausalLM.from_pretrained(
        str(job.model_folder), dtype=getattr(torch, settings.dtype), local_files_only=True
    )
    torch.manual_seed(settings.seed)
    lora = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
        bias="none",
    )
    try:
        model = get_peft_model(base, lora)
    except ValueError as error:
        raise RunRefused(f"{job.model} has none of the modules {', '.join(settings.targets)}") from error
    if job.parent is not None:
        check_parent(job.parent, settings)
        load(model, read(job.parent))
    return model.to(device).train()


def check_parent(folder: Path, settings: TrainSettings) -> None:
    """Raise RunRefused where an adapter cannot be trained on under these settings."""
    told = orjson.loads((folder / CONFIG).read_bytes())
    targets = told.get("target_modules")
    found = (told.get("r"), told.get("lora_alpha"), sorted(targets) if isinstance(targets, list) else targets)
    wanted = (settings.rank, settings.alpha, list(settings.targets))
    if found != wanted:
        raise RunRefused(
            f"adapter {folder.name} has rank, alpha and targets {found}, the settings say {wanted}: make them alike, "
            "or start from the bare model (init_from: base)"
        )


def read(folder: Path) -> dict[str, Any]:
    """Return the weights of an adapter folder by peft's names."""
    from safetensors.torch import load_file

    found: dict[str, Any] = load_file(str(folder / WEIGHTS))
    return found


def weights_of(model: Any) -> dict[str, Any]:
    """Return the adapter's weights by peft's names, as float32 on the CPU."""
    import torch
    from peft import get_peft_model_state_dict

    found = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: tensor.detach().to("cpu", torch.float32).contiguous().clone() for name, tensor in found.items()}


def load(model: Any, weights: dict[str, Any]) -> None:
    """Put weights into the adapter of a model; raises RunRefused where they are of other modules or shapes."""
    from peft import set_peft_model_state_dict

    mine = {name: tuple(tensor.shape) for name, tensor in weights_of(model).items()}
    theirs = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if mine != theirs:
        odd = sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))
        raise RunRefused(f"the parent is no adapter of this model: {len(odd)} weights differ, the first is {odd[0]}")
    set_peft_model_state_dict(model, weights)


def write(folder: Path, model: Any, job: Job) -> None:
    """Write the adapter as two files that are the same bytes for the same weights: no path, no time, no host."""
    from safetensors.torch import save

    settings = job.settings
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": job.model,
        "r": settings.rank,
        "lora_alpha": settings.alpha,
        "lora_dropout": settings.dropout,
        "bias": "none",
        "target_modules": list(settings.targets),
        "inference_mode": True,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(save(weights_of(model), metadata={"format": "pt"}))
    (folder / CONFIG).write_bytes(orjson.dumps(config, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
