"""An engine without a model, for tests: it answers from the request alone, the same bytes each time.

Its answer is the first there is of: the JSON text of the last `SCRIPT: ` line of the last user turn, verbatim and never
cut off; what the `script` given to the constructor returns; a filling of the request's schema. A token is four
characters.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import orjson
from pydantic import ValidationError

from actors.engines.adapter_check import check_adapter
from actors.engines.adapters import Adapter
from actors.engines.base import NO_IMAGES, EngineCard, EngineProgress, refuse_images
from actors.engines.errors import EngineDead, EngineNotUsable, RequestFailed
from actors.engines.meter import Meter
from actors.engines.schema_filler import UnknownSchema, fill
from actors.engines.scripted_writing import write_plainly
from actors.engines.self_test import REQUEST, ask
from actors.engines.settings import ScriptedSettings
from generation.ids import digest
from generation.requests import Candidate, ModelAnswer, ModelRequest

Script = Callable[[ModelRequest, int], str]
"""Request and candidate index to completion."""
SOFTWARE = "scripted 1"
SELF_TEST = REQUEST.id
"""Answered without latency."""
MARK = "SCRIPT: "
TOKEN_CHARACTERS = 4


def open_engine(settings: Mapping[str, object]) -> ScriptedEngine:
    """Return an engine of the given settings (`ScriptedSettings`) that writes plainly what a prompt asks for."""
    try:
        return ScriptedEngine(ScriptedSettings.model_validate(dict(settings)), write_plainly)
    except ValidationError as error:
        raise EngineNotUsable(f"settings of the engine `scripted`: {error}") from error


class ScriptedEngine:
    """Answers by rule after a set latency, at most `max_num_seqs` requests at a time; used from one event loop."""

    def __init__(self, settings: ScriptedSettings | None = None, script: Script | None = None) -> None:
        self._settings = settings or ScriptedSettings()
        self._script = script
        self._card = EngineCard(
            engine=SOFTWARE,
            model="scripted",
            model_digest=digest(SOFTWARE.encode()),
            adapter=None,
            max_model_len=self._settings.max_model_len,
            max_num_seqs=self._settings.max_num_seqs,
            reads_images=False,
        )
        self._loaded = {""}
        self._meter = Meter()
        self._dead: str | None = None
        self._hung = False
        self._taken = 0
        self._running: set[asyncio.Future[None]] = set()
        self._queue: deque[asyncio.Future[None]] = deque()
        self._latency: dict[asyncio.Future[None], float] = {}
        self._candidates_of: dict[asyncio.Future[None], int] = {}

    @property
    def card(self) -> EngineCard:
        """What answers."""
        return self._card

    async def generate(self, request: ModelRequest, images: Mapping[str, bytes] = NO_IMAGES) -> ModelAnswer:
        """Answer a request; see `Engine.generate`."""
        refuse_images(request)
        if self._dead is not None:
            raise EngineDead(self._dead)
        prompt_tokens = self._prompt_tokens(request)
        candidates = self._candidates(request)
        adapter = self._card.adapter
        if self._settings.call_log is not None:
            _append(self._settings.call_log, f"{request.id}\t{time.time():.6f}")
        self._taken += 1
        if self._settings.die_after is not None and self._taken > self._settings.die_after:
            self.die(f"died as set, at request {self._taken}")
            raise EngineDead(f"died as set, at request {self._taken}")
        if self._settings.poison and request.id.startswith(self._settings.poison):
            self.die("died of a request, as set")
            raise EngineDead("died of a request, as set")
        self._hung = self._hung or _taken_away(self._settings.hang_file)
        await self._turn(0.0 if request.id == SELF_TEST else self._settings.latency_s, request.candidates)
        self._meter.prompted(prompt_tokens * request.candidates, 0)
        self._meter.made(sum(candidate.output_tokens for candidate in candidates))
        return ModelAnswer(
            candidates=candidates,
            prompt_tokens=prompt_tokens,
            model=self._card.model,
            model_digest=self._card.model_digest,
            adapter=adapter,
            engine=self._card.engine,
        )

    def progress(self) -> EngineProgress:
        """Return what has been done until now; callable from any thread."""
        return self._meter.read()

    async def self_test(self, adapter: str | None = None) -> None:
        """Answer a tiny request; it counts as a request like any other. An adapter changes no answer."""
        if adapter is not None:
            self._known(adapter)
        await ask(self.generate)

    async def load(self, adapter: Adapter | None) -> str:
        """Look at an adapter and keep its name, which is all that answers carry of it; see `Engine.load`."""
        if adapter is None:
            return ""
        if self._settings.refuse_adapter and adapter.name.startswith(self._settings.refuse_adapter):
            raise EngineNotUsable(f"adapter {adapter.name} is refused, as set")
        await asyncio.to_thread(check_adapter, adapter)
        self._loaded.add(adapter.name)
        return adapter.name

    async def use(self, name: str) -> None:
        """Answer under the name of a loaded adapter from now on; see `Engine.use`."""
        self._known(name)
        self._card = replace(self._card, adapter=name or None)

    def _known(self, name: str) -> None:
        if name not in self._loaded:
            raise EngineNotUsable(f"no adapter {name} is loaded: load it before it is used")

    async def close(self) -> None:
        """Fail what is pending."""
        self.die("the engine was closed")

    def die(self, detail: str) -> None:
        """Fail everything that is pending and everything that comes, as an engine that crashed does."""
        if self._dead is None:
            self._dead = detail
        for future in (*self._running, *self._queue):
            if not future.done():
                future.set_exception(EngineDead(detail))

    async def _turn(self, latency: float, candidates: int) -> None:
        """Wait for a free place, then for the latency."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._meter.came()
        self._latency[future] = latency
        self._candidates_of[future] = candidates
        self._queue.append(future)
        self._start_next(loop)
        try:
            await future
        finally:
            started = future not in self._queue
            self._running.discard(future)
            del self._latency[future]
            candidates = self._candidates_of.pop(future)
            if started:
                self._meter.computing(-candidates)
            else:
                self._queue.remove(future)
            self._meter.left(started=started)
            self._start_next(loop)

    def _start_next(self, loop: asyncio.AbstractEventLoop) -> None:
        while (
            self._dead is None and not self._hung and self._queue and len(self._running) < self._settings.max_num_seqs
        ):
            future = self._queue.popleft()
            self._running.add(future)
            self._meter.made(0, started=1)
            self._meter.computing(self._candidates_of[future])
            loop.call_later(self._latency[future], _release, future)

    def _prompt_tokens(self, request: ModelRequest) -> int:
        tokens = sum(_tokens(turn.text) for turn in request.turns)
        if tokens + request.max_tokens > self._card.max_model_len:
            raise RequestFailed(
                "prompt-too-long",
                f"{request.id}: {tokens} prompt tokens and {request.max_tokens} of answer exceed max_model_len "
                f"{self._card.max_model_len}: shorten the passage or raise it",
            )
        return tokens

    def _candidates(self, request: ModelRequest) -> tuple[Candidate, ...]:
        planned = _planned(request)
        if planned is not None:
            return (Candidate(text=planned, finish="stop", output_tokens=_tokens(planned)),) * request.candidates
        return tuple(self._write(request, index) for index in range(request.candidates))

    def _write(self, request: ModelRequest, index: int) -> Candidate:
        try:
            text = (self._script or _filled)(request, index)
        except (UnknownSchema, ValueError, TypeError, AttributeError) as error:
            raise RequestFailed("bad-schema", f"{request.id}: {error}") from error
        if _tokens(text) <= request.max_tokens:
            return Candidate(text=text, finish="stop", output_tokens=_tokens(text))
        cut = text[: request.max_tokens * TOKEN_CHARACTERS]
        return Candidate(text=cut, finish="length", output_tokens=request.max_tokens)


def _filled(request: ModelRequest, index: int) -> str:
    return orjson.dumps(fill(request.answer_schema, f"{request.digest()}|{request.seed + index}")).decode()


def _planned(request: ModelRequest) -> str | None:
    """Return the answer written into the request, if there is one."""
    last = next((turn.text for turn in reversed(request.turns) if turn.role == "user"), "")
    lines = [line[len(MARK) :] for line in last.splitlines() if line.startswith(MARK)]
    return lines[-1] if lines else None


def _tokens(text: str) -> int:
    return -(-len(text) // TOKEN_CHARACTERS)


def _release(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _taken_away(file: Path | None) -> bool:
    """Remove a file; returns whether it was there and nobody was faster."""
    if file is None or not file.exists():
        return False
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True


def _append(log: Path, line: str) -> None:
    """Append a line in one write, so that it is whole or absent whatever is killed."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)
