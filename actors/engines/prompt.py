"""Chat turns to prompt tokens, by the model's own template."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actors.engines.errors import RequestFailed
from actors.engines.images import given, unpack
from generation.requests import ModelRequest, Turn


@dataclass(frozen=True)
class Prompt:
    """A request as vLLM takes it."""

    tokens: list[int]
    """Token ids; of each image one placeholder, which vLLM replaces by as many as the image needs."""
    pictures: Sequence[Any]
    """The images (PIL, RGB) in the order of their placeholders."""
    length: int
    """Tokens, those of the images counted."""

    def vllm_input(self) -> dict[str, Any]:
        """Return vLLM's form of it."""
        if not self.pictures:
            return {"prompt_token_ids": self.tokens}
        return {"prompt_token_ids": self.tokens, "multi_modal_data": {"image": list(self.pictures)}}


class PromptRenderer:
    """Renders requests with a tokenizer of its own: the engine's is in use by the thread that computes."""

    def __init__(self, model: Path, max_model_len: int, images_per_request: int | None = None) -> None:
        """`images_per_request`: None for a model that reads no images."""
        from transformers import AutoProcessor, AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(model))
        self._max_model_len = max_model_len
        self._most_images = images_per_request
        self._processor: Any = None if images_per_request is None else AutoProcessor.from_pretrained(str(model))
        self._template = getattr(self._processor, "chat_template", None)
        markers = [text for text in self._tokenizer.get_added_vocab() if len(text) > 1]
        longest_first = sorted(markers, key=len, reverse=True)
        self._markers = re.compile("|".join(re.escape(text) for text in longest_first)) if markers else None

    def render(self, request: ModelRequest, images: Mapping[str, bytes]) -> Prompt:
        """Return the prompt, ready for the answer to follow.

        Raises:
            RequestFailed: `prompt-too-long`, when prompt and answer together exceed what the engine holds;
                `bad-request`, when the template refuses the turns; `no-images`, `too-many-images`, `no-such-image` or
                `bad-image`, when it is about them.
        """
        pictures = self._pictures(request, images)
        messages = [self._message(turn) for turn in request.turns]
        try:
            tokens: list[int] = self._tokenizer.apply_chat_template(
                messages, chat_template=self._template, tokenize=True, add_generation_prompt=True, return_dict=False
            )
        except Exception as error:  # templates raise what they like
            raise RequestFailed(
                "bad-request", f"{request.id}: the chat template refuses the turns ({type(error).__name__})"
            ) from error
        length = len(tokens) - len(pictures) + self._image_tokens(pictures)
        if length + request.max_tokens > self._max_model_len:
            raise RequestFailed(
                "prompt-too-long",
                f"{request.id}: {length} prompt tokens and {request.max_tokens} of answer exceed "
                f"max_model_len {self._max_model_len}: shorten the passage or raise it",
            )
        return Prompt(tokens, pictures, length)

    def _pictures(self, request: ModelRequest, images: Mapping[str, bytes]) -> list[Any]:
        if not request.images:
            return []
        if self._most_images is None:
            raise RequestFailed("no-images", f"{request.id}: this model reads no images; use a vision-language model")
        return [unpack(request.id, content) for content in given(request, images, self._most_images)]

    def _message(self, turn: Turn) -> dict[str, Any]:
        """Return a turn as templates take it: plain text, or parts for a model that reads images."""
        text = self._plain(turn.text)
        if self._processor is None:
            return {"role": turn.role, "content": text}
        parts = [*({"type": "image"} for _ in turn.images), {"type": "text", "text": text}]
        return {"role": turn.role, "content": parts}

    def _image_tokens(self, pictures: Sequence[Any]) -> int:
        """Return how many tokens the images take in all, by the rule of the model's processor."""
        if not pictures:
            return 0
        sizes = [(picture.height, picture.width) for picture in pictures]
        # The one way to know without computing the pixels; vLLM's own generic backend asks the same.
        counts = self._processor._get_num_multimodal_tokens(image_sizes=sizes)  # noqa: SLF001
        return sum(counts["num_image_tokens"])

    def _plain(self, text: str) -> str:
        """Return text with every control marker (`<|im_end|>`) of the model broken: a passage cannot end its turn."""
        if self._markers is None:
            return text
        return self._markers.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
