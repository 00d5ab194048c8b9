"""A random model of two layers that reads bytes, and samples to train it on."""

from __future__ import annotations

from pathlib import Path

from generation.dataset import SnapshotRow
from generation.dialogue import Party, Utterance
from generation.ids import source_version
from generation.items import Axis, Kind
from generation.sources import Language
from training.settings import TrainSettings

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LEVELS = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")


def make_tokenizer(folder: Path) -> Path:
    """Write the tokenizer of the tiny model: a token a byte, and the markers of a turn."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={text: number for number, text in enumerate(alphabet)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|im_end|>", additional_special_tokens=["<|im_start|>"]
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder


def make_tiny_model(folder: Path) -> Path:
    """Write the model and its tokenizer into a folder, and return it."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    make_tokenizer(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=258,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        initializer_range=0.1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def row(number: int, answer: str = "", *, source: str = "guide", simulated: bool = False) -> SnapshotRow:
    """Return a sample with a question of its own."""
    level = LEVELS[number % len(LEVELS)]
    return SnapshotRow(
        id=f"item-{number:03}",
        kind=Kind.MCQ,
        language=Language.EN,
        axis=Axis.LEVEL_IDENTIFICATION,
        level=level,
        source=source,
        version=source_version(source.encode()),
        simulated=simulated,
        dialogue=(
            Utterance(Party.HUMAN, f"Disc {number} lies at {level}. Where?"),
            Utterance(Party.MODEL, f"{answer or level}\nIt is said so."),
        ),
    )


def rows(count: int, start: int = 0, *, source: str = "guide") -> tuple[SnapshotRow, ...]:
    """Return samples, numbered from `start`."""
    return tuple(row(number, source=source) for number in range(start, start + count))


def quick(model: Path, **changes: object) -> TrainSettings:
    """Return settings of a run that takes a moment."""
    chosen = {
        "epochs": 2,
        "batch": 4,
        "max_tokens": 128,
        "min_samples": 4,
        "checkpoint_every": 3,
        "share_compute": False,
    }
    return TrainSettings.model_validate(
        {"model": str(model), "init_from": "base", "device": "cpu", **chosen, **changes}
    )
