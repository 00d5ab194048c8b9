"""A tiny Qwen2.5-VL that was never trained: it proves the way of an image through an engine, and writes noise.

13 million weights (float32), drawn from a fixed seed; the tokenizer is the bundled model's with Qwen's vision markers
added. `python -m actors.engines.random_vlm FOLDER` makes one. Its folder carries a mark, so that every engine that
loads it says so in each answer, and what it writes is held and never queued.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

MARK = "RANDOM_WEIGHTS"
"""A file of this name in a model folder says that the model was never trained."""
VISION_TOKENS = ("<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>")
VOCABULARY = 49_216
SMALLEST_PIXELS, LARGEST_PIXELS = 3_136, 50_176
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}"
    "{% else %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def is_random(folder: Path) -> bool:
    """Return whether a model folder says that the model was never trained."""
    return (folder / MARK).exists()


def make_random_vlm(folder: Path) -> Path:
    """Write the model, its tokenizer and its processor into a folder (made if absent), and return the folder."""
    import torch
    from transformers import Qwen2_5_VLForConditionalGeneration

    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("This model was never trained: what it writes means nothing.\n", encoding="utf-8")
    tokenizer = _tokenizer()
    state = torch.random.get_rng_state()
    torch.manual_seed(0)
    try:
        model = Qwen2_5_VLForConditionalGeneration(_config(tokenizer)).to(torch.float32)
    finally:
        torch.random.set_rng_state(state)
    model.save_pretrained(folder)
    _processor(tokenizer).save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    from transformers import AutoTokenizer

    from actors.engines.small_model import prepare

    tokenizer: Any = AutoTokenizer.from_pretrained(str(prepare()))
    tokenizer.add_special_tokens({"additional_special_tokens": list(VISION_TOKENS)})
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def _config(tokenizer: Any) -> Any:
    """Return the smallest configuration that vLLM serves on a CPU: a head of 16 would end it at the first request."""
    from transformers import Qwen2_5_VLConfig

    start, end, _, image, video = (tokenizer.convert_tokens_to_ids(token) for token in VISION_TOKENS)
    text = {
        "vocab_size": VOCABULARY,
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 6, 6]},
        "tie_word_embeddings": False,
        "initializer_range": 0.1,  # smaller, and every image is answered alike
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    vision = {
        "depth": 2,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_heads": 2,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "window_size": 112,
        "out_hidden_size": 128,
        "fullatt_block_indexes": [1],
        "initializer_range": 0.1,
    }
    return Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
        tie_word_embeddings=False,
        dtype="float32",
    )


def _processor(tokenizer: Any) -> Any:
    from transformers import Qwen2_5_VLProcessor, Qwen2VLImageProcessor, Qwen2VLVideoProcessor

    size = {"shortest_edge": SMALLEST_PIXELS, "longest_edge": LARGEST_PIXELS}
    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=size),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(size=size),
        chat_template=TEMPLATE,
    )


if __name__ == "__main__":
    print(make_random_vlm(Path(sys.argv[1])))  # noqa: T201 - the result goes to stdout
