"""LoRA on a CPU as two matrix products, for an engine whose requests all carry its one adapter.

vLLM 0.32 gathers the adapter's weights anew for every token of a step, since tokens may belong to different adapters;
on a CPU that copying takes several times as long as the model itself (docs/models.md has the figures). Our engines
serve one adapter to every request, so nothing needs gathering. Numbers are computed in the same formats as vLLM's.
"""

from __future__ import annotations

from typing import Any

from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU


class OneAdapterWrapper(PunicaWrapperCPU):  # type: ignore[misc]  # vLLM is not typed for us
    """What vLLM's LoRA layers compute with; all tokens belong to slot 0."""

    def _apply_shrink(self, y: Any, x: Any, w_t_all: Any, scale: float) -> None:
        """Set y (tokens, rank) to scale * x @ A^T; A is `w_t_all` (1, 1, rank, inputs)."""
        weights = w_t_all[0].squeeze(0).to(y.dtype)
        y[:, : weights.shape[0]] = scale * (x.to(y.dtype) @ weights.T)

    def _apply_expand(
        self, y: Any, x: Any, w_t_all: Any, y_offset: int, y_slice_size: int, add_inputs: bool = True
    ) -> None:
        """Add x @ B^T to the slice of y (tokens, outputs); B is `w_t_all` (1, 1, slice, rank)."""
        weights = w_t_all[0].squeeze(0).to(y.dtype)
        made = x.to(y.dtype) @ weights.T
        part = y[:, y_offset : y_offset + y_slice_size]
        if add_inputs:
            part += made
        else:
            part.copy_(made)


def install() -> None:
    """Let vLLM in this process, which runs on a CPU, compute LoRA so."""
    from vllm.platforms import current_platform

    name = f"{__name__}.{OneAdapterWrapper.__name__}"
    type(current_platform).get_punica_wrapper = classmethod(lambda cls: name)
