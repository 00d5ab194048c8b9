"""The engine `openai` on vLLM's own server, on a CPU."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from engine_contract import SHORT, EngineContract, gather, make, valid

from actors.engines.adapters import zero_adapter
from actors.engines.factory import open_engine
from actors.engines.small_model import prepare

pytestmark = [pytest.mark.vllm, pytest.mark.long, pytest.mark.timeout(900)]
ON_CPU = {
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "1",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
}
KEY = "key-of-this-test"


class Served:
    """A `vllm serve` of the small model; on a CPU it is started as a module (docs/models.md)."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        model = prepare()
        adapter = zero_adapter(model)
        command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)]
        command += ["--served-model-name", "small", "--host", "127.0.0.1", "--port", str(port), "--api-key", KEY]
        command += ["--dtype", "bfloat16", "--enforce-eager", "--max-model-len", "2048", "--max-num-seqs", "16"]
        command += ["--no-enable-chunked-prefill", "--max-num-batched-tokens", "8192", "--generation-config", "vllm"]
        command += ["--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}']
        command += ["--enable-prompt-tokens-details", "--enable-lora", "--max-lora-rank", "8"]
        command += ["--lora-target-modules", "q_proj", "v_proj", "--lora-modules", f"{adapter.name}={adapter}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env={**os.environ, **ON_CPU}, stdout=log, stderr=log, start_new_session=True
            )
        self.url = f"http://127.0.0.1:{port}/v1"
        self._wait(adapter.name)

    def _wait(self, adapter: str) -> None:
        end = time.monotonic() + 240
        while True:
            assert self._process is not None
            assert self._process.poll() is None, self._log.read_text()[-3000:]
            assert time.monotonic() < end, "the server did not come up in time"
            try:
                listed = httpx.get(f"{self.url}/models", headers={"authorization": f"Bearer {KEY}"})
                self.adapter = next(one["id"] for one in listed.json()["data"] if one["id"] == adapter)
                return
            except httpx.HTTPError:
                time.sleep(0.25)

    def alive(self) -> None:
        if self._process is None:
            self.start()

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)  # its core does not end with it
            self._process.wait()
            self._process = None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pytest.importorskip("vllm")
    made = Served(tmp_path_factory.mktemp("served") / "log")
    yield made
    made.kill()


@pytest.fixture
def connected(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    served.alive()
    monkeypatch.setenv("SPINESTREAM_ENGINE_KEY", KEY)
    settings = {"base_urls": [served.url], "model": served.adapter, "dead_s": 1, "connect_s": 1, "max_num_seqs": 16}
    engine = open_engine("openai", settings)
    yield engine
    asyncio.run(engine.close())


class TestOpenAIEngineOnVllmServe(EngineContract):
    @pytest.fixture
    def engine(self, connected: Any, served: Served) -> Any:
        self.served = served
        return connected

    def kill(self, engine: Any) -> None:
        self.served.kill()


def test_the_adapter_that_the_server_names_is_on_the_card(connected: Any) -> None:
    card = connected.card
    assert card.engine.startswith("openai-compatible 0.")
    assert (card.model, card.max_model_len) == ("small", 2048)
    assert card.adapter is not None
    assert card.adapter.startswith("zero@")


def test_sixteen_at_a_time(connected: Any) -> None:
    for answer in asyncio.run(gather(connected, [make(f"z{i}", seed=i) for i in range(32)])):
        valid(answer, SHORT)
