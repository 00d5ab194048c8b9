"""Chat turns to prompt tokens, by the model's own template."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from actors.engines.errors import RequestFailed
from generation.requests import ModelRequest


class PromptRenderer:
    """Renders requests with a tokenizer of its own: the engine's is in use by the stepping thread."""

    def __init__(self, model: Path, max_model_len: int) -> None:
        from transformers import AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(model))
        self._max_model_len = max_model_len
        markers = [text for text in self._tokenizer.get_added_vocab() if len(text) > 1]
        longest_first = sorted(markers, key=len, reverse=True)
        self._markers = re.compile("|".join(re.escape(text) for text in longest_first)) if markers else None

    def tokens(self, request: ModelRequest) -> list[int]:
        """Return the token ids of the prompt, ready for the answer to follow.

        Raises:
            RequestFailed: `prompt-too-long`, when prompt and answer together exceed what the engine holds, or
                `bad-request`, when the template refuses the turns.
        """
        messages = [{"role": turn.role, "content": self._plain(turn.text)} for turn in request.turns]
        try:
            tokens: list[int] = self._tokenizer.apply_chat_template(
                messages, tokenize=True, add_generation_prompt=True, return_dict=False
            )
        except Exception as error:  # templates raise what they like
            raise RequestFailed(
                "bad-request", f"{request.id}: the chat template refuses the turns ({type(error).__name__})"
            ) from error
        if len(tokens) + request.max_tokens > self._max_model_len:
            raise RequestFailed(
                "prompt-too-long",
                f"{request.id}: {len(tokens)} prompt tokens and {request.max_tokens} of answer exceed "
                f"max_model_len {self._max_model_len}: shorten the passage or raise it",
            )
        return tokens

    def _plain(self, text: str) -> str:
        """Return text with every control marker (`<|im_end|>`) of the model broken: a passage cannot end its turn."""
        if self._markers is None:
            return text
        return self._markers.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
