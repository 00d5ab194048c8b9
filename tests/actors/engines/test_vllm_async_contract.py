"""The engine `vllm-async`: what every engine keeps, and that its process comes and goes with it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from engine_contract import EngineContract
from loaded_engine import Loaded

pytestmark = [pytest.mark.vllm, pytest.mark.long, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[3]
OWNER = """
import asyncio, sys, time
from actors.engines.factory import open_engine
if __name__ == "__main__":
    engine = open_engine("vllm-async", {"max_num_seqs": 4, "max_model_len": 512})
    asyncio.run(engine.self_test())
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    pytest.importorskip("vllm")
    holder = Loaded("vllm-async", max_num_seqs=16, max_model_len=2048)
    yield holder
    holder.close()
    assert cores(os.getpid()) == []


def cores(pid: int) -> list[psutil.Process]:
    """Return the processes below one that compute (vLLM names them so)."""
    return [child for child in psutil.Process(pid).children(recursive=True) if "VLLM" in " ".join(name(child))]


def name(process: psutil.Process) -> list[str]:
    try:
        return [process.name(), *process.cmdline()]
    except psutil.Error:
        return []


def gone(processes: list[psutil.Process], within_s: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=within_s)
    return not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


class TestAsyncVllmEngine(EngineContract):
    @pytest.fixture
    def engine(self, loaded: Loaded) -> Any:
        return loaded.alive()

    def kill(self, engine: Any) -> None:
        for process in cores(os.getpid()):
            process.send_signal(signal.SIGKILL)


def test_it_computes_in_a_process_that_ends_when_it_is_closed(loaded: Loaded) -> None:
    engine = loaded.alive()
    running = cores(os.getpid())
    assert running
    asyncio.run(engine.close())
    assert gone(running, within_s=20)


def test_its_process_ends_with_an_owner_that_was_killed(loaded: Loaded, tmp_path: Path) -> None:
    """An actor that Ray kills says no good-bye; a core that stayed would hold its GPU."""
    loaded.close()
    script = tmp_path / "owner.py"
    script.write_text(OWNER)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    owner = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=env, text=True)
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        running = cores(owner.pid)
        assert running
    finally:
        owner.kill()
        owner.wait()
    began = time.monotonic()
    assert gone(running, within_s=30), [name(each) for each in running]
    assert time.monotonic() - began < 30
