"""LoRA on a CPU as two matrix products, for an engine whose requests all carry its one adapter.

vLLM 0.32 gathers the adapter's weights anew for every token of a step, since tokens may belong to different adapters;
on a CPU that copying takes several times as long as the model itself (docs/models.md has the figures). Our engines
serve one adapter to every request, so nothing needs gathering. The products are in the model's number format, as peft
computes them.
"""

from __future__ import annotations

from typing import Any

from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU


class OneAdapterWrapper(PunicaWrapperCPU):  # type: ignore[misc]  # vLLM is not typed for us
    """What vLLM's LoRA layers compute with; all tokens belong to slot 0."""

    def add_lora_linear(
        self,
        y: Any,
        x: Any,
        lora_a_stacked: tuple[Any, ...],
        lora_b_stacked: tuple[Any, ...],
        scale: float,
        output_slices: tuple[int, ...],
        **_: Any,
    ) -> None:
        """Add scale * x @ A^T @ B^T to each slice of y.

        Shapes: x (tokens, inputs), y (tokens, outputs of all slices), A (1, 1, rank, inputs), B (1, 1, slice, rank).
        """
        rows, made = x.view(-1, x.shape[-1]), y.view(-1, y.shape[-1])
        begin = 0
        for a, b, width in zip(lora_a_stacked, lora_b_stacked, output_slices, strict=True):
            made[:, begin : begin + width].addmm_(rows @ a[0, 0].T, b[0, 0].T, alpha=scale)
            begin += width


def install() -> None:
    """Let vLLM in this process, which runs on a CPU, compute LoRA so."""
    from vllm.platforms import current_platform

    name = f"{__name__}.{OneAdapterWrapper.__name__}"
    type(current_platform).get_punica_wrapper = classmethod(lambda cls: name)
