"""Name the weights of a model folder by their bytes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import orjson

from actors.engines.errors import EngineNotUsable

PATTERNS = ("*.safetensors", "*.bin", "*.pt", "*.gguf")
MEMO = "weights.sha256.json"


def weights_digest(folder: Path) -> str:
    """Return the sha256 over `<sha256>  <file name>` lines of the weight files, sorted by name.

    It is kept beside the weights and believed as long as sizes and times of the files are the same.

    Raises:
        EngineNotUsable: the folder holds no weights.
    """
    files = sorted({file for pattern in PATTERNS for file in folder.glob(pattern)})
    if not files:
        raise EngineNotUsable(f"no weight files in {folder}: give the folder of a model in the Hugging Face layout")
    stamps = {file.name: [file.stat().st_size, file.stat().st_mtime_ns] for file in files}
    memo = folder / MEMO
    known = _read(memo)
    if known.get("files") == stamps and isinstance(known.get("sha256"), str):
        return str(known["sha256"])
    digest = hashlib.sha256("".join(f"{_sha256(file)}  {file.name}\n" for file in files).encode()).hexdigest()
    with contextlib.suppress(OSError):  # a read-only folder: computed again at the next start
        _write(memo, orjson.dumps({"sha256": digest, "files": stamps}))
    return digest


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(memo: Path) -> dict[str, object]:
    try:
        known = orjson.loads(memo.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(memo: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=memo.parent, prefix=f".{memo.name}.")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(name).replace(memo)
