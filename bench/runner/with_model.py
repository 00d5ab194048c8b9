"""The answerer with a model: a scoring engine on merged weights, loaded when the first item has to be asked."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path

import orjson

from actors.engines.adapters import Adapter
from actors.engines.errors import EngineNotUsable, RequestFailed
from actors.engines.merged import discard, merged
from actors.engines.scoring import OptionScore, ScoringEngine, open_scoring
from actors.engines.scoring_settings import ScoringSettings
from actors.engines.vllm_model import locate
from actors.engines.weights import weights_digest
from bench.items import BenchItem
from bench.runner.answerer import Answered, Method, Weights
from generation.ids import digest
from generation.requests import Candidate, ModelRequest, Turn

CHOICE_TOKENS = 96
"""Tokens of a constrained answer, at most: the longest option in its JSON."""


CHAT_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "chat_template.json")
"""Of a model's folder: what makes tokens of a conversation."""


class ModelAnswerer:
    """Answers with a model, and an adapter worked into it."""

    def __init__(self, model: str, adapter: Adapter | None, settings: ScoringSettings) -> None:
        """`model` as engines take it: `bundled`, a folder, or a name in the local cache. Reads the weights' digest.

        Raises:
            EngineNotUsable: the model is not there, or the adapter is for another.
        """
        name, folder = locate(model)
        held = weights_digest(folder)
        if adapter is not None and adapter.model_digest not in (None, "", held):
            raise EngineNotUsable(f"adapter {adapter.name} was made for other weights than those of {name}")
        self._folder = folder
        self._adapter = adapter
        self._settings = settings
        called = adapter.name if adapter else ""
        self.weights = Weights(called, name, _digest(folder, held, called, settings))
        self._engine: ScoringEngine | None = None
        self._served: Path | None = None

    async def answer(self, method: Method, items: Sequence[BenchItem]) -> list[Answered]:
        """Answer items; loads the engine at the first call (10 to 30 s)."""
        engine = self._engine or await self._open()
        if method is Method.CHOICE:
            made = await engine.choose([_request(item) for item in items])
            return [_chosen(item, one) for item, one in zip(items, made, strict=True)]
        prompts = [item.prompt(blind=method is Method.BLIND) for item in items]
        scores = await engine.option_logprobs(prompts, [[option.text for option in item.options] for item in items])
        return [_likeliest(item, one) for item, one in zip(items, scores, strict=True)]

    async def close(self) -> None:
        """Give back the engine, and the merged weights, which can be made again."""
        if self._engine is not None:
            await self._engine.close()
            self._engine = None
        if self._served is not None and self._adapter is not None:
            await asyncio.to_thread(discard, self._served)
            self._served = None

    async def _open(self) -> ScoringEngine:
        self._served = await asyncio.to_thread(merged, self._folder, self._adapter.folder if self._adapter else None)
        self._engine = await open_scoring(self._served, self._settings)
        return self._engine


def _digest(folder: Path, held: str, adapter: str, settings: ScoringSettings) -> str:
    """Return the name of all that an answer comes of besides the question: weights, adapter, number format, the chat's
    words around it, and how long question and answer may be."""
    chat = [digest(place.read_bytes()) if (place := folder / name).is_file() else "" for name in CHAT_FILES]
    made_by = [held, adapter, settings.dtype, settings.max_model_len, CHOICE_TOKENS, *chat]
    return digest("|".join(str(one) for one in made_by).encode())


def _likeliest(item: BenchItem, scores: tuple[OptionScore, ...] | RequestFailed) -> Answered:
    """Return the option with the highest log probability per byte; of two alike the first."""
    if isinstance(scores, RequestFailed):
        return Answered(None, fault=scores.reason)
    sums = tuple(one.logprob for one in scores)
    if not all(math.isfinite(one) for one in sums):
        return Answered(None, fault="not-finite")
    each = [one / len(option.text.encode()) for one, option in zip(sums, item.options, strict=True)]
    return Answered(item.options[each.index(max(each))].id, sums)


def _request(item: BenchItem) -> ModelRequest:
    texts = [option.text for option in item.options]
    return ModelRequest(
        id=item.id,
        turns=(Turn(role="user", text=item.prompt()),),
        answer_schema={
            "type": "object",
            "properties": {"answer": {"type": "string", "enum": texts}},
            "required": ["answer"],
            "additionalProperties": False,
        },
        max_tokens=CHOICE_TOKENS,
        temperature=0.0,
        seed=0,
    )


def _chosen(item: BenchItem, made: Candidate | RequestFailed) -> Answered:
    if isinstance(made, RequestFailed):
        return Answered(None, fault=made.reason)
    if made.finish != "stop":
        return Answered(None, fault="cut-off")
    try:
        text = orjson.loads(made.text)["answer"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Answered(None, fault="not-an-option")
    found = next((option.id for option in item.options if option.text == text), None)
    return Answered(found, fault="" if found else "not-an-option")
