"""Bare vLLM: replays recorded requests and knows nothing of what recorded them. It imports only vLLM (and the standard
library), and is run as a script in a process of its own.

    python bare.py RECORD MAX_NUM_SEQS [WRAPPER]

RECORD is a file of `actors.engines.record`; the last `engine` line says how vLLM is loaded. WRAPPER is a Python file
whose `install()` is called before it is loaded. Prints a line a finished completion: seconds, tokens, request.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from typing import Any


def read(place: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the engine line and the requests in the order in which they came, each once."""
    engine: dict[str, Any] = {}
    asked: dict[str, dict[str, Any]] = {}
    with open(place, encoding="utf-8") as file:  # noqa: PTH123 - nothing but what is needed
        for text in file:
            line = json.loads(text)
            if line["line"] == "engine":
                engine = line
            elif line["line"] == "asked":
                asked.setdefault(line["request"], line)
    return engine, sorted(asked.values(), key=lambda one: one["at"])


def install(wrapper: str) -> None:
    """Load a Python file under a name of its own, so that vLLM finds it by that name, and call its `install`."""
    spec = importlib.util.spec_from_file_location("vllm_wrapper", wrapper)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["vllm_wrapper"] = module
    spec.loader.exec_module(module)
    module.install()


def main(record: str, max_num_seqs: int, wrapper: str | None) -> None:
    """Replay everything at once and print when each completion was finished."""
    engine_line, asked = read(record)
    os.environ.update(VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_NO_USAGE_STATS="1", HF_HUB_OFFLINE="1")
    if wrapper:
        install(wrapper)
    import torch
    from vllm.engine.arg_utils import EngineArgs
    from vllm.lora.request import LoRARequest
    from vllm.sampling_params import RequestOutputKind, SamplingParams, StructuredOutputsParams
    from vllm.v1.engine.llm_engine import LLMEngine

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    arguments = {**engine_line["arguments"], "max_num_seqs": max_num_seqs}
    arguments.pop("worker_extension_cls", None)  # a module of whoever recorded
    llm = LLMEngine.from_engine_args(EngineArgs(**arguments))
    lora = LoRARequest(engine_line["adapter"], 1, engine_line["folder"]) if engine_line["adapter"] else None
    waiting: dict[str, tuple[str, int]] = {}
    for one in asked:
        for seed in one["seeds"]:
            params = SamplingParams(
                temperature=one["temperature"],
                top_p=one["top_p"],
                max_tokens=one["max_tokens"],
                seed=seed,
                structured_outputs=StructuredOutputsParams(json=json.dumps(one["schema"])),
                output_kind=RequestOutputKind.DELTA,
            )
            key = f"{one['request']}|{seed}"
            llm.add_request(key, {"prompt_token_ids": one["prompt"]}, params, lora_request=lora)
            waiting[key] = (one["request"], 0)
    while waiting:
        for output in llm.step():
            request, tokens = waiting[output.request_id]
            tokens += len(output.outputs[0].token_ids)
            waiting[output.request_id] = (request, tokens)
            if output.finished:
                del waiting[output.request_id]
                print(json.dumps({"at": time.time(), "tokens": tokens, "request": request}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
