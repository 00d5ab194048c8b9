"""What was handed to vLLM and what came back, as JSON lines: a script without a line of ours can replay it.

An `engine` line first: `arguments` (of vLLM's `EngineArgs`; `worker_extension_cls` is ours and may be left out), and of
the adapter `adapter` (its name) and `folder`. An `asked` line a request: `request`, `at`, `adapter` (what answers it),
`prompt` (token ids), `images` (sha256), `temperature`, `top_p`, `max_tokens`, `schema`, and `seeds`, one a completion.
A `made` line a completion: `request`, `seed`, `at`, `tokens` (how many), `finish`. `at` is in seconds since the epoch.
A line is written in one call, so that it is whole or absent, and several engines may share a file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from actors.engines.adapters import Adapter
from generation.requests import ModelRequest


class Record:
    """Appends lines to a file; without one it does nothing."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = None if path is None else os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def engine(self, arguments: Mapping[str, Any], adapter: Adapter | None) -> None:
        """Write how vLLM is loaded."""
        if self._file is None:
            return
        folder = None if adapter is None else str(adapter.folder)
        name = None if adapter is None else adapter.name
        self._write({"line": "engine", "arguments": dict(arguments), "adapter": name, "folder": folder})

    def asked(self, request: ModelRequest, prompt: Sequence[int], adapter: str | None = None) -> None:
        """Write what a request hands to vLLM."""
        if self._file is None:
            return
        self._write(
            {
                "line": "asked",
                "request": request.id,
                "at": time.time(),
                "adapter": adapter,
                "prompt": list(prompt),
                "images": request.images,
                "temperature": request.temperature,
                "top_p": request.top_p,
                "max_tokens": request.max_tokens,
                "schema": request.answer_schema,
                "seeds": [request.seed + index for index in range(request.candidates)],
            }
        )

    def made(self, request_id: str, seed: int, tokens: int, finish: str) -> None:
        """Write that a completion is finished."""
        if self._file is None:
            return
        line = {"line": "made", "request": request_id, "seed": seed, "at": time.time()}
        self._write({**line, "tokens": tokens, "finish": finish})

    def close(self) -> None:
        """Close the file; later lines are dropped. May be called again."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, line: dict[str, object]) -> None:
        assert self._file is not None
        os.write(self._file, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
