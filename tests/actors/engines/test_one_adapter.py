"""The two matrix products that LoRA is on a CPU, against the formula, token by token."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.vllm]
RANK, INPUTS, WIDTHS, TOKENS = 8, 24, (16, 8, 8), 12


@pytest.fixture(scope="module")
def torch() -> Any:
    pytest.importorskip("vllm")
    return pytest.importorskip("torch")


@pytest.mark.parametrize(
    "slots",
    [
        [0] * TOKENS,
        [1] * TOKENS,
        [-1] * TOKENS,
        [0] * 5 + [1] * 7,
        [1, 0] * 6,
        [0, 1, -1] * 4,
    ],
)
def test_each_token_gets_what_its_own_adapter_adds(torch: Any, slots: list[int]) -> None:
    from vllm.lora.layers import LoRAMapping

    from actors.engines.one_adapter import OneAdapterWrapper

    torch.manual_seed(1)
    a = tuple(torch.randn(2, 1, RANK, INPUTS) for _ in WIDTHS)
    b = tuple(torch.randn(2, 1, width, RANK) for width in WIDTHS)
    x, y = torch.randn(TOKENS, INPUTS), torch.randn(TOKENS, sum(WIDTHS))
    wrapper = OneAdapterWrapper(64, 16, "cpu")
    ids = [7, 9]
    mapping = LoRAMapping(tuple(ids[one] if one >= 0 else 0 for one in slots), (), is_prefill=True)
    wrapper.update_metadata(mapping, ids, 3, 100)
    wanted = y.clone()
    for token, slot in enumerate(slots):
        if slot >= 0:
            added = [b[part][slot, 0] @ (a[part][slot, 0] @ x[token]) for part in range(len(WIDTHS))]
            wanted[token] += torch.cat(added) * 0.5
    wrapper.add_lora_linear(y, x, a, b, 0.5, WIDTHS)
    assert torch.allclose(y, wanted, atol=1e-5)


def test_it_computes_by_the_last_mapping(torch: Any) -> None:
    """The tokens of the next step may belong to another slot, and their number may be another."""
    from vllm.lora.layers import LoRAMapping

    from actors.engines.one_adapter import OneAdapterWrapper

    wrapper = OneAdapterWrapper(64, 16, "cpu")
    a, b = (torch.ones(2, 1, RANK, INPUTS),), (torch.stack([torch.ones(1, 4, RANK), torch.zeros(1, 4, RANK)]),)
    for id_, tokens, added in ((7, 3, True), (9, 5, False), (7, 1, True)):
        wrapper.update_metadata(LoRAMapping((id_,) * tokens, (), is_prefill=True), [7, 9], 3, 100)
        y = torch.zeros(tokens, 4)
        wrapper.add_lora_linear(y, torch.ones(tokens, INPUTS), a, b, 1.0, (4,))
        assert bool(y.any()) is added
