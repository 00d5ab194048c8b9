"""LoRA on a CPU as two matrix products an adapter.

vLLM 0.32 gathers an adapter's weights anew for every token of a step, since each token may belong to another; on a CPU
that copying takes several times as long as the model itself (docs/models.md has the figures). Our engines answer with
one adapter, and only while it is swapped with a second one beside it: so all tokens of a step share a slot nearly
always, and nothing needs gathering; else the rows of each slot are taken out, computed together and put back. The
products are in the model's number format, as peft computes them.
"""

from __future__ import annotations

from typing import Any

from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU

Rows = tuple[tuple[int, Any], ...]
"""Slots of a step, each with the rows of its tokens; None: all of them."""


class OneAdapterWrapper(PunicaWrapperCPU):  # type: ignore[misc]  # vLLM is not typed for us
    """What vLLM's LoRA layers compute with; tokens without a slot are left as they are."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._rows: Rows = ()

    def update_metadata(self, *arguments: Any, **named: Any) -> None:
        """Take in which token of the next step belongs to which slot; vLLM calls it whenever that changes."""
        super().update_metadata(*arguments, **named)
        # Slots of neighbouring tokens that share one, as vLLM has just worked them out; -1 is none.
        slots = set(self._lora_indices_per_batch[: self.batch_size].tolist())
        if len(slots) == 1:
            (slot,) = slots
            self._rows = () if slot < 0 else ((slot, None),)
        else:
            of_tokens = self.token_lora_indices
            self._rows = tuple((slot, (of_tokens == slot).nonzero().flatten()) for slot in sorted(slots) if slot >= 0)

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
        """Add scale * x @ A^T @ B^T to each slice of y, with the A and B of each token's slot.

        Shapes: x (tokens, inputs), y (tokens, outputs of all slices), A (slots, 1, rank, inputs),
        B (slots, 1, slice, rank).
        """
        rows, made = x.view(-1, x.shape[-1]), y.view(-1, y.shape[-1])
        for slot, at in self._rows:
            taken = rows if at is None else rows.index_select(0, at)
            begin = 0
            for a, b, width in zip(lora_a_stacked, lora_b_stacked, output_slices, strict=True):
                part = made[:, begin : begin + width]
                some = part if at is None else part.index_select(0, at)
                some.addmm_(taken @ a[slot, 0].T, b[slot, 0].T, alpha=scale)
                if at is not None:
                    part.index_copy_(0, at, some)
                begin += width


def install() -> None:
    """Let vLLM in this process, which runs on a CPU, compute LoRA so."""
    from vllm.platforms import current_platform

    name = f"{__name__}.{OneAdapterWrapper.__name__}"
    type(current_platform).get_punica_wrapper = classmethod(lambda cls: name)
