"""The scoring engine on vLLM: likelihoods are those of transformers, choices are options, and it can be closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from actors.engines.errors import EngineDead, RequestFailed
from actors.engines.scoring import ScoringEngine
from actors.engines.scoring_settings import ScoringSettings
from generation.requests import Candidate, ModelRequest, Turn

pytestmark = [pytest.mark.vllm, pytest.mark.long, pytest.mark.timeout(600)]

PROMPTS = ("There is a disc bulge at L4/L5.\n\nQuestion: Which level?", "左侧椎间盘脱出位于哪个节段？")
OPTIONS = (("L3/L4", "L4/L5", "Disc bulge at L5/S1"), ("L4/L5", "L5/S1"))


@pytest.fixture(scope="module")
def engine() -> Iterator[ScoringEngine]:
    pytest.importorskip("vllm")
    from actors.engines.small_model import prepare

    made = ScoringEngine(prepare(), ScoringSettings(max_model_len=512, max_num_seqs=4))
    yield made
    asyncio.run(made.close())


def _by_transformers() -> list[list[tuple[float, int]]]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from actors.engines.small_model import prepare

    folder = str(prepare())
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    for prompt, options in zip(PROMPTS, OPTIONS, strict=True):
        turns = [{"role": "user", "content": prompt}]
        begin = tokenizer.apply_chat_template(turns, tokenize=True, add_generation_prompt=True, return_dict=False)
        scores = []
        for option in options:
            ending = tokenizer(option, add_special_tokens=False)["input_ids"]
            with torch.no_grad():
                logits = model(torch.tensor([[*begin, *ending]])).logits[0].log_softmax(-1)
            places = range(len(begin) - 1, len(begin) - 1 + len(ending))
            scores.append(
                (sum(float(logits[at, token]) for at, token in zip(places, ending, strict=True)), len(ending))
            )
        found.append(scores)
    return found


def test_likelihoods_are_those_of_transformers(engine: ScoringEngine) -> None:
    found = asyncio.run(engine.option_logprobs(PROMPTS, OPTIONS))
    for scores, wanted in zip(found, _by_transformers(), strict=True):
        assert not isinstance(scores, RequestFailed)
        assert [one.tokens for one in scores] == [tokens for _, tokens in wanted]
        assert [one.logprob for one in scores] == pytest.approx([sum_ for sum_, _ in wanted], abs=2e-3)


def test_asked_again_the_answer_is_the_same(engine: ScoringEngine) -> None:
    first, second = (asyncio.run(engine.option_logprobs(PROMPTS, OPTIONS)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert not isinstance(one, RequestFailed)
        assert not isinstance(other, RequestFailed)
        assert [o.logprob for o in one] == pytest.approx([o.logprob for o in other], abs=1e-4)


def test_a_choice_is_one_of_its_options(engine: ScoringEngine) -> None:
    request = ModelRequest(
        id="choice",
        turns=(Turn(role="user", text=PROMPTS[0]),),
        answer_schema={
            "type": "object",
            "properties": {"answer": {"type": "string", "enum": list(OPTIONS[0])}},
            "required": ["answer"],
            "additionalProperties": False,
        },
        max_tokens=64,
        temperature=0.0,
        seed=0,
    )
    [made] = asyncio.run(engine.choose([request]))
    assert isinstance(made, Candidate)
    assert made.finish == "stop"
    assert made.text in {f'{{"answer":"{option}"}}' for option in OPTIONS[0]}


def test_a_prompt_that_is_too_long_fails_alone(engine: ScoringEngine) -> None:
    found = asyncio.run(engine.option_logprobs(["bulge " * 600, PROMPTS[0]], [OPTIONS[0], OPTIONS[0]]))
    assert isinstance(found[0], RequestFailed)
    assert found[0].reason == "prompt-too-long"
    assert isinstance(found[1], tuple)


def test_a_closed_engine_is_dead(engine: ScoringEngine) -> None:
    """The last test: vLLM holds one engine a process, so the closed one is that of the others."""

    async def work() -> None:
        await engine.close()
        await engine.close()
        with pytest.raises(EngineDead):
            await engine.option_logprobs(PROMPTS, OPTIONS)

    asyncio.run(work())
