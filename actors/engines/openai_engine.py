"""An engine that is elsewhere: servers that speak OpenAI's chat API, such as a fleet of `vllm serve`.

Answers are streamed, so that progress is seen token by token. A request is asked again, of another server where there
is one, when a server fails on it or is silent; it has failed when servers that answer others fail on it several times.
The engine is dead when there is work and no server has answered for a while. Weights are not seen from here:
`model_digest` is of what the servers say of their model (name, root, version), and of nothing else.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import orjson
from pydantic import SecretStr, ValidationError

from actors.engines.adapter_check import check_adapter
from actors.engines.adapters import Adapter
from actors.engines.base import NO_IMAGES, EngineCard, refuse_images
from actors.engines.chat_api import Completion, KeyRefused, ServerFailed, body, meaning, read_stream
from actors.engines.client import ClientEngine
from actors.engines.errors import EngineNotUsable, RequestFailed
from actors.engines.fleet import Fleet, Server
from actors.engines.meter import Flight
from actors.engines.runtime_adapters import load_everywhere
from actors.engines.self_test import ask
from actors.engines.served_model import find_model
from actors.engines.settings import OpenAISettings
from generation.requests import Candidate, ModelAnswer, ModelRequest

LONGEST_PAUSE_S = 10.0


def open_engine(settings: Mapping[str, object]) -> OpenAIEngine:
    """Return the engine of the given settings (`OpenAISettings`); asks the servers what they serve."""
    try:
        return OpenAIEngine(OpenAISettings.model_validate(dict(settings)))
    except ValidationError as error:
        raise EngineNotUsable(f"settings of the engine `openai`: {error}") from error


class OpenAIEngine(ClientEngine):
    """A client of one or more servers of one model; `generate` may be called from any number of event loops."""

    def __init__(self, settings: OpenAISettings) -> None:
        """Ask every server for its models.

        Raises:
            ServersAway: none answers.
            EngineNotUsable: none or several models could be meant, servers differ, or the key file cannot be read.
        """
        self._settings = settings
        self._key = _key(settings)
        self._card, name = find_model(settings, self._headers())
        self._loaded = {self._card.adapter or "", ""}
        self._answering = self._card.adapter or ""
        self._bare = self._card.model if self._card.adapter else name
        self._fleet = Fleet(settings.base_urls, time.monotonic())
        super().__init__()
        self._http, self._places = self._thread.run(self._start())

    @property
    def card(self) -> EngineCard:
        """What answers."""
        return self._card

    async def generate(self, request: ModelRequest, images: Mapping[str, bytes] = NO_IMAGES) -> ModelAnswer:
        """Answer a request; see `Engine.generate`."""
        return await self._answer(self._answering, request, images)

    async def self_test(self, adapter: str | None = None) -> None:
        """Answer a tiny request; see `Engine.self_test`."""
        await ask(partial(self._answer, self._answering if adapter is None else self._known(adapter)))

    async def load(self, adapter: Adapter | None) -> str:
        """Have every server load an adapter; see `Engine.load`. It stays there: others may use the same servers.

        The servers have to see the adapter's folder, and to be started for it (docs/models.md).
        """
        self._check_alive()
        if adapter is None or adapter.name in self._loaded:
            return adapter.name if adapter else ""
        await asyncio.to_thread(check_adapter, adapter)
        await self._thread.call(load_everywhere(self._http, self._settings.base_urls, adapter))
        self._loaded.add(adapter.name)
        return adapter.name

    async def use(self, name: str) -> None:
        """Ask for a loaded adapter from now on; see `Engine.use`."""
        self._answering = self._known(name)
        self._card = replace(self._card, adapter=name or None)

    def _known(self, name: str) -> str:
        if name not in self._loaded:
            raise EngineNotUsable(f"no adapter {name} is loaded: load it before it is used")
        return name

    async def _answer(
        self, adapter: str, request: ModelRequest, images: Mapping[str, bytes] = NO_IMAGES
    ) -> ModelAnswer:
        self._check_alive()
        if not self._settings.reads_images:
            refuse_images(request)
        if request.max_tokens >= self._card.max_model_len:
            raise _too_long(request)
        asked = body(request, images, adapter or self._bare, self._settings.images_per_request)
        prompts = [0] * request.candidates
        writers = [partial(self._one, request, asked, index, prompts) for index in range(request.candidates)]
        return ModelAnswer(
            candidates=await self._write(writers),
            prompt_tokens=max(prompts),
            read_tokens=sum(prompts),
            model=self._card.model,
            model_digest=self._card.model_digest,
            adapter=adapter or None,
            engine=self._card.engine,
            random_weights=self._card.random_weights,
        )

    async def _start(self) -> tuple[httpx.AsyncClient, asyncio.Semaphore]:
        settings = self._settings
        timeout = httpx.Timeout(settings.silence_s, connect=settings.connect_s, pool=None)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=settings.max_num_seqs)
        client = httpx.AsyncClient(headers=self._headers(), timeout=timeout, limits=limits)
        return client, asyncio.Semaphore(settings.max_num_seqs)

    async def _end_client(self) -> None:
        await self._http.aclose()

    async def _one(
        self, request: ModelRequest, asked: dict[str, Any], index: int, prompts: list[int], flight: Flight
    ) -> Candidate:
        """Make candidate `index`, asking again where that may help; writes the prompt's tokens into `prompts`."""
        content = orjson.dumps({**asked, "seed": request.seed + index})
        async with self._places:
            made = await self._persist(request, content, flight)
        prompts[index] = made.prompt_tokens
        flight.meter.prompted(made.prompt_tokens, made.cached_tokens)
        if made.finish == "length" and made.tokens < request.max_tokens:
            raise _too_long(request)  # vLLM's server does not refuse it: it silently asks for less
        if made.finish not in ("stop", "length"):
            raise RequestFailed("bad-schema", f"{request.id}: the server ended it with `{made.finish[:40]}`")
        return Candidate(text=made.text, finish=made.finish, output_tokens=made.tokens)

    async def _persist(self, request: ModelRequest, content: bytes, flight: Flight) -> Completion:
        failed_at, tries = time.monotonic(), 0
        while True:
            while peace := self._fleet.peace(time.monotonic()):
                await asyncio.sleep(peace * random.uniform(1.0, 1.2))
                self._meter.lives()
            server = self._fleet.choose(time.monotonic())
            server.in_flight += 1
            try:
                made = await self._ask(server, request.id, content, flight)
            except RequestFailed:
                self._fleet.answered(server, time.monotonic())
                raise
            except KeyRefused as error:
                raise self._die(f"the server refuses every request ({error}): look at the key and the model") from error
            except ServerFailed as failed:
                tries += failed.wait_s is None
                self._note(server, failed)
                # Only what servers answered between its last two failures tells a bad request from servers that die.
                if tries >= self._settings.tries and self._fleet.has_answered_since(failed_at):
                    raise RequestFailed(
                        "server-error", f"{request.id}: servers that answer others failed on it {tries} times: {failed}"
                    ) from failed
                failed_at = time.monotonic()
            else:
                self._fleet.answered(server, time.monotonic())
                return made
            finally:
                server.in_flight -= 1
            await asyncio.sleep(_pause(tries))

    def _note(self, server: Server, failed: ServerFailed) -> None:
        """Let the server rest; the engine dies here when none has answered for too long."""
        now = time.monotonic()
        if failed.wait_s is not None:
            self._fleet.asked_to_wait(server, now, failed.wait_s)
            self._meter.lives()  # a rate limit is no engine that hangs
            return
        self._fleet.failed(server, now)
        failing = self._fleet.failing_for(now, self._meter.read().busy_since or now)
        if failing > self._settings.dead_s:
            raise self._die(f"no server has answered for {failing:.0f} s, the last one: {failed}") from failed

    async def _ask(self, server: Server, request_id: str, content: bytes, flight: Flight) -> Completion:
        """Ask one server once."""
        begun = False

        def made(tokens: int) -> None:
            nonlocal begun
            if not begun:
                flight.meter.computing(+1)
                begun = True
            flight.made(tokens)
            self._fleet.lives(time.monotonic())

        headers = {"content-type": "application/json"}
        try:
            async with self._http.stream(
                "POST", f"{server.url}/chat/completions", content=content, headers=headers
            ) as response:
                if response.status_code != 200:
                    raise _failure(request_id, response, await response.aread())
                return await read_stream(request_id, response.aiter_lines(), made)
        except httpx.HTTPError as error:
            raise ServerFailed(type(error).__name__) from error
        finally:
            if begun:
                flight.meter.computing(-1)

    def _headers(self) -> dict[str, str]:
        return {} if self._key is None else {"authorization": f"Bearer {self._key.get_secret_value()}"}


def _key(settings: OpenAISettings) -> SecretStr | None:
    """Return the key of the file, else of the environment variable, else None."""
    if settings.api_key_file is not None:
        try:
            return SecretStr(settings.api_key_file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise EngineNotUsable(f"api_key_file {settings.api_key_file} cannot be read: {error.strerror}") from error
    found = os.environ.get(settings.api_key_env, "").strip()
    return SecretStr(found) if found else None


def _failure(request_id: str, response: httpx.Response, content: bytes) -> Exception:
    error = meaning(request_id, response.status_code, content.decode(errors="replace"))
    if isinstance(error, ServerFailed) and error.wait_s is not None:
        told = response.headers.get("retry-after", "")
        if told.isdigit():
            error.wait_s = min(60.0, float(told))
    return error


def _too_long(request: ModelRequest) -> RequestFailed:
    return RequestFailed(
        "prompt-too-long", f"{request.id}: the prompt leaves no room for {request.max_tokens} tokens of answer"
    )


def _pause(tries: int) -> float:
    """Return seconds to wait before the next try: about 0.25, 0.5, 1 … with jitter."""
    longest = min(LONGEST_PAUSE_S, 0.25 * 2.0 ** max(0, tries - 1))
    return longest * random.uniform(0.5, 1.5)
