"""Conversations as a model reads them: tokens by its own chat template, with the weight each has in the loss.

Only what the model is to say has a weight. Prompt and answer are made into tokens apart from one another, as they are
when the model answers: a token that reached over the boundary would never be met there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from generation.dataset import SnapshotRow
from generation.dialogue import Party
from generation.items import Kind
from training.settings import TrainSettings

_ROLES = {Party.SYSTEM: "system", Party.HUMAN: "user", Party.MODEL: "assistant"}
ANSWER_FIRST = (Kind.MCQ, Kind.OPEN_QA)
"""Kinds whose model turn has the answer on its first line, and a rationale below it."""


class LeftOut(StrEnum):
    """Why a sample is not trained on."""

    TEMPLATE = "template"
    """The model's chat template does not take its turns."""
    TOO_LONG = "too long"
    """Nothing of what the model is to say fits into `max_tokens`."""
    SAYS_NOTHING = "says nothing"
    """The model has no turn in it."""


class Example(NamedTuple):
    """A sample as it is trained on."""

    tokens: list[int]
    weights: list[float]
    """Weight in the loss of predicting each token, 0 to 1; 0 in all that others say."""


class Tokenised(NamedTuple):
    """The samples of a run, in their order, and what became of the others."""

    examples: tuple[Example, ...]
    truncated: int
    """Examples that lost their end."""
    left_out: Counter[LeftOut]


class Turns:
    """Makes examples with one tokenizer."""

    def __init__(self, tokenizer: Any, settings: TrainSettings) -> None:
        """`tokenizer` is a fast one of transformers, with a chat template."""
        self._tokenizer = tokenizer
        self._settings = settings
        markers = sorted((text for text in tokenizer.get_added_vocab() if len(text) > 1), key=len, reverse=True)
        self._markers = re.compile("|".join(map(re.escape, markers))) if markers else None

    def tokenised(self, rows: Iterable[SnapshotRow]) -> Tokenised:
        """Return the examples of rows."""
        examples: list[Example] = []
        truncated = 0
        left_out: Counter[LeftOut] = Counter()
        for row in rows:
            whole = self._whole(row)
            if isinstance(whole, LeftOut):
                left_out[whole] += 1
                continue
            example = _cut(whole, self._settings.max_tokens)
            if example is None:
                left_out[LeftOut.TOO_LONG] += 1
                continue
            examples.append(example)
            truncated += len(whole.tokens) > self._settings.max_tokens
        return Tokenised(tuple(examples), truncated, left_out)

    def _whole(self, row: SnapshotRow) -> Example | LeftOut:
        messages = [{"role": _ROLES[one.party], "content": self._plain(one.text)} for one in row.dialogue]
        tokens: list[int] = []
        weights: list[float] = []
        done = ""
        for number, message in enumerate(messages):
            if message["role"] != _ROLES[Party.MODEL]:
                continue
            before, after = self._rendered(messages[:number], ask=True), self._rendered(messages[: number + 1])
            if before is None or after is None or not before.startswith(done) or not after.startswith(before):
                return LeftOut.TEMPLATE
            asked = self._tokenizer(before[len(done) :], add_special_tokens=False)["input_ids"]
            # What the template puts behind the end of a turn is nothing that the model has to say.
            said = after[len(before) :].rstrip()
            answer = self._answer(said, answer_first=row.kind in ANSWER_FIRST)
            tokens += [*asked, *answer.tokens]
            weights += [*(0.0 for _ in asked), *answer.weights]
            done = before + said
        return Example(tokens, weights) if tokens else LeftOut.SAYS_NOTHING

    def _rendered(self, messages: list[dict[str, str]], *, ask: bool = False) -> str | None:
        """Return messages in the model's form, ready for an answer where one is asked for; None where it takes none."""
        try:
            text: str = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=ask)
        except Exception:  # noqa: BLE001 - templates raise what they like; the sample is counted as left out
            return None
        return text

    def _answer(self, said: str, *, answer_first: bool) -> Example:
        """Return the tokens of one model turn, its end included; the line break that ends the answer belongs to it."""
        found = self._tokenizer(said, add_special_tokens=False, return_offsets_mapping=True)
        end = said.find("\n") + 1 if answer_first and "\n" in said else len(said)
        weight = self._settings.rationale_weight
        return Example(found["input_ids"], [1.0 if start < end else weight for start, _ in found["offset_mapping"]])

    def _plain(self, text: str) -> str:
        """Return text with every control marker of the model broken: a sample cannot end its turn."""
        if self._markers is None:
            return text
        return self._markers.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def _cut(example: Example, most: int) -> Example | None:
    """Return the first `most` tokens, without those behind the last that has a weight; None where none has."""
    weighted = [place for place, weight in enumerate(example.weights[:most]) if weight > 0]
    if not weighted:
        return None
    return Example(example.tokens[: weighted[-1] + 1], example.weights[: weighted[-1] + 1])
