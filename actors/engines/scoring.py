"""An engine that scores: how likely a model finds given answers, and which of given answers it writes.

It serves weights without an adapter (`actors.engines.merged`): with one, vLLM on a CPU dies of `prompt_logprobs`. One
thread owns the engine; calls are computed one after the other, each batched inside.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import orjson

from actors.engines.base import EngineCard
from actors.engines.errors import EngineDead, RequestFailed
from actors.engines.prompt import PromptRenderer
from actors.engines.scoring_settings import ScoringSettings
from actors.engines.settings import EngineSettings
from actors.engines.vllm_model import VllmModel, refusal, refusals
from generation.requests import Candidate, ModelRequest, Turn

T = TypeVar("T")

BLOCK = 32
"""Tokens of a block of the prefix cache: the smallest that a CPU computes well. On a CPU vLLM takes 128, more than a
question has."""


class OptionScore(NamedTuple):
    """How likely one answer is."""

    logprob: float
    """Sum of the natural logarithms of its tokens' probabilities; not finite where the weights are broken."""
    tokens: int


class _Ending(NamedTuple):
    """An answer behind its prompt, as tokens."""

    begin: list[int]
    ending: list[int]

    @property
    def tokens(self) -> list[int]:
        """Prompt and answer."""
        return [*self.begin, *self.ending]

    def missed(self, output: Any) -> bool:
        """Whether the prefix cache held a token of the answer, or the last of the prompt, which tells of the first."""
        return not isinstance(output, RequestFailed) and (output.num_cached_tokens or 0) >= len(self.begin)

    def score(self, output: Any) -> OptionScore | RequestFailed:
        """Return the sum of the log probabilities of the answer's tokens."""
        if isinstance(output, RequestFailed):
            return output
        told = output.prompt_logprobs
        places = range(len(self.begin), len(self.begin) + len(self.ending))
        logprobs = [told[at][token].logprob for at, token in zip(places, self.ending, strict=True)]
        return OptionScore(sum(logprobs), len(self.ending))


class ScoringEngine:
    """A loaded model that scores; methods are awaited on one event loop."""

    def __init__(self, folder: Path, settings: ScoringSettings) -> None:
        """Load the model; blocks until it is ready, so call it off the event loop (`open_scoring`).

        Raises:
            EngineNotUsable: there is no such model.
            EngineDead: vLLM does not start with it, for want of memory perhaps: another try may.
        """
        engine = EngineSettings(model=str(folder), adapter="", **settings.model_dump())
        self._model = VllmModel(engine, own_process=False)
        self._prompts = PromptRenderer(folder, self._model.card.max_model_len)
        self._threads = settings.omp_threads
        self._numbers = itertools.count()
        self._dead: str | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scoring")
        try:
            self._engine, self._tokenizer = self._thread.submit(self._load).result()
        except Exception as error:
            self._thread.shutdown(wait=False)
            told = f"vLLM does not start with {folder.name}: {type(error).__name__}: {error}"
            raise EngineDead(told) from error

    @property
    def card(self) -> EngineCard:
        """What answers."""
        return self._model.card

    async def option_logprobs(
        self, prompts: Sequence[str], options: Sequence[Sequence[str]]
    ) -> list[tuple[OptionScore, ...] | RequestFailed]:
        """Return, for each prompt (a user's turn), how likely each of its options is as the
        beginning of the model's answer.

        A prompt that is too long gives its RequestFailed. Raises EngineDead.
        """
        return await self._in_turn(lambda: self._logprobs(prompts, options))

    async def choose(self, requests: Sequence[ModelRequest]) -> list[Candidate | RequestFailed]:
        """Answer requests at temperature 0, each as its schema asks; one that cannot be asked gives its RequestFailed.
        Raises EngineDead."""
        return await self._in_turn(lambda: self._choices(requests))

    async def close(self) -> None:
        """Give back the memory; later calls raise EngineDead. May be called again."""
        if self._dead is None:
            self._dead = "the scoring engine was closed"
        if self._engine is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._release)
            self._thread.shutdown(wait=False)

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._dead is not None:
            raise EngineDead(self._dead)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _load(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoTokenizer
        from vllm.engine.arg_utils import EngineArgs
        from vllm.v1.engine.llm_engine import LLMEngine

        torch.set_num_threads(self._threads)
        engine = LLMEngine.from_engine_args(EngineArgs(**{**self._model.arguments(), "block_size": BLOCK}))
        return engine, AutoTokenizer.from_pretrained(str(self._model.folder))

    def _release(self) -> None:
        from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

        engine, self._engine = self._engine, None
        with contextlib.suppress(Exception):  # one that died in a step has nothing left to shut down
            engine.engine_core.shutdown()
        del engine
        cleanup_dist_env_and_memory()
        gc.collect()

    def _logprobs(
        self, prompts: Sequence[str], options: Sequence[Sequence[str]]
    ) -> list[tuple[OptionScore, ...] | RequestFailed]:
        """Ask for every option on its own: first the prompts, which then lie in the prefix cache, then all options."""
        begins: list[list[int] | RequestFailed] = []
        asked: list[_Ending] = []
        for number, (prompt, texts) in enumerate(zip(prompts, options, strict=True)):
            endings = [self._tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
            begin = self._tokens(f"score-{number}", prompt, max(map(len, endings)) + 1)
            begins.append(begin)
            if not isinstance(begin, RequestFailed):
                asked += [_Ending(begin, ending) for ending in endings]
        whole = [begin for begin in begins if not isinstance(begin, RequestFailed)]
        self._ask([(begin, _one_token()) for begin in whole])
        scores = iter(self._scored(asked))
        return [
            begin if isinstance(begin, RequestFailed) else _together([next(scores) for _ in texts])
            for begin, texts in zip(begins, options, strict=True)
        ]

    def _scored(self, asked: Sequence[_Ending]) -> list[OptionScore | RequestFailed]:
        """Score answers, reading their prompts from the prefix cache.

        Of a token that is read from there vLLM tells no probability (what stands in its place is not even set); so an
        answer of which the cache held a token already, as of one asked before, is computed again without it.
        """
        outputs = self._ask([(one.tokens, _scored_tokens(cached=True)) for one in asked])
        again = [number for number, (one, output) in enumerate(zip(asked, outputs, strict=True)) if one.missed(output)]
        whole = self._ask([(asked[number].tokens, _scored_tokens(cached=False)) for number in again])
        for number, output in zip(again, whole, strict=True):
            outputs[number] = output
        return [one.score(output) for one, output in zip(asked, outputs, strict=True)]

    def _tokens(self, name: str, prompt: str, answer: int) -> list[int] | RequestFailed:
        request = ModelRequest(
            id=name,
            turns=(Turn(role="user", text=prompt),),
            answer_schema={},
            max_tokens=answer,
            temperature=0.0,
            seed=0,
        )
        try:
            return self._prompts.render(request, {}).tokens
        except RequestFailed as failed:
            return failed

    def _choices(self, requests: Sequence[ModelRequest]) -> list[Candidate | RequestFailed]:
        from vllm.sampling_params import RequestOutputKind, SamplingParams, StructuredOutputsParams

        asked: list[tuple[list[int], Any]] = []
        failed: dict[int, RequestFailed] = {}
        for number, request in enumerate(requests):
            try:
                tokens = self._prompts.render(request, {}).tokens
            except RequestFailed as error:
                failed[number] = error
                continue
            schema = orjson.dumps(request.answer_schema).decode()
            params = SamplingParams(
                temperature=0.0,
                max_tokens=request.max_tokens,
                structured_outputs=StructuredOutputsParams(json=schema),
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
            asked.append((tokens, params))
        outputs = iter(self._ask(asked))
        return [failed.get(number) or _candidate(next(outputs)) for number in range(len(requests))]

    def _ask(self, asked: Sequence[tuple[list[int], Any]]) -> list[Any]:
        """Give everything to the engine and step it until all is answered; what it refuses is its RequestFailed."""
        keys = [f"s{next(self._numbers)}" for _ in asked]
        done: dict[str, Any] = {}
        try:
            for key, (tokens, params) in zip(keys, asked, strict=True):
                try:
                    self._engine.add_request(key, {"prompt_token_ids": tokens}, params)
                except refusals() as error:
                    done[key] = refusal(key, error)
            while self._engine.has_unfinished_requests():
                done |= {one.request_id: one for one in self._engine.step() if one.finished}
        except Exception as error:
            self._dead = f"the scoring engine died in a step: {type(error).__name__}: {str(error)[:300]}"
            raise EngineDead(self._dead) from error
        return [done[key] for key in keys]


async def open_scoring(folder: Path, settings: ScoringSettings) -> ScoringEngine:
    """Load a scoring engine without holding up the event loop (10 to 30 s); raises EngineNotUsable."""
    return await asyncio.to_thread(ScoringEngine, folder, settings)


def _one_token() -> Any:
    """vLLM's parameters of a request that computes its prompt; it makes one token at least."""
    from vllm.sampling_params import RequestOutputKind, SamplingParams

    return SamplingParams(temperature=0.0, max_tokens=1, detokenize=False, output_kind=RequestOutputKind.FINAL_ONLY)


def _scored_tokens(*, cached: bool) -> Any:
    """vLLM's parameters of a request that tells the probabilities of its prompt's tokens; `cached`: of those only that
    are not in the prefix cache."""
    from vllm.sampling_params import RequestOutputKind, SamplingParams

    return SamplingParams(
        temperature=0.0,
        max_tokens=1,
        prompt_logprobs=0,
        detokenize=False,
        skip_reading_prefix_cache=not cached,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _together(scores: Sequence[OptionScore | RequestFailed]) -> tuple[OptionScore, ...] | RequestFailed:
    """Return the scores of one prompt's options; the first refusal where there is one."""
    found = [one for one in scores if isinstance(one, OptionScore)]
    refused = [one for one in scores if isinstance(one, RequestFailed)]
    return refused[0] if refused else tuple(found)


def _candidate(output: Any) -> Candidate | RequestFailed:
    if isinstance(output, RequestFailed):
        return output
    made = output.outputs[0]
    return Candidate(text=made.text, finish=str(made.finish_reason or ""), output_tokens=len(made.token_ids))
