"""Adapters of nothing, for the registry."""

from __future__ import annotations

from typing import Any

from streams.model_payloads import AdapterRef
from training.adapter_record import AdapterRecord, Card
from training.lora import Result

SHA = "0123456789abcdef" * 4


def ref(name: str) -> AdapterRef:
    """Return a reference to an adapter of nothing."""
    return AdapterRef(name=name, digest=SHA, config=SHA, weights=SHA, model="tiny", model_digest=SHA)


def record(name: str, **changes: Any) -> AdapterRecord:
    """Return an adapter of nothing, by name."""
    result = Result(
        identity=SHA, steps=1, losses=(2.0, 1.0), tokens=1, seconds=1, examples=1, truncated=0, left_out={}, software={}
    )
    card = Card(
        config=SHA, seed=0, init_from="base", samples=1, new=1, replayed=0, phantom=0, simulated=0, result=result
    )
    told = {"run": f"run of {name}", "snapshot": SHA, "parent": "", "sources": ("guide",), "seen": SHA, "made": name}
    return AdapterRecord.model_validate({"ref": ref(name), "simulated": False, "card": card, **told, **changes})
