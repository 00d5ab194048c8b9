"""Whether an adapter may be served: looked at before an engine sees it, since vLLM takes in much that is broken.

vLLM copies matrices that are too small into a corner of their place, passes over modules it was not started for, and
computes with what is no number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from actors.engines.adapters import OF_IMAGES, WEIGHTS, Adapter
from actors.engines.errors import EngineNotUsable
from actors.engines.safetensors_file import Tensor, all_finite, tensors_of

_NAME = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<half>[AB])\.weight")
"""How peft names the two halves of a module's change."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Halves:
    """The change of one module: B (outputs, rank) times A (rank, inputs)."""

    module: str
    a: Shape
    b: Shape


def check_adapter(adapter: Adapter) -> tuple[Halves, ...]:
    """Return what an adapter changes, once its file is whole, its halves fit each other and every number is one.

    Raises:
        EngineNotUsable: they do not, with the tensor that is wrong.
    """
    file = adapter.folder / WEIGHTS
    try:
        found = tensors_of(file)
        broken = next((one.name for one in found if not all_finite(file, one)), None)
    except (OSError, ValueError) as error:
        raise EngineNotUsable(f"adapter {adapter.name}: {WEIGHTS} cannot be read: {error}") from error
    if broken is not None:
        raise EngineNotUsable(f"adapter {adapter.name}: {broken[:200]} holds what is no number: train it again")
    return _halves(adapter, found)


def check_fits(
    adapter: Adapter, halves: Iterable[Halves], shapes: Mapping[str, Shape], served: Collection[str] | None, rank: int
) -> None:
    """Look whether a model has the modules that an adapter changes, in these shapes.

    `shapes` are those of the model's matrices by module (`matrices_of`), `served` the last names of modules that the
    engine was started for (None: any), `rank` the highest it was started for.

    Raises:
        EngineNotUsable: it does not fit, with what to change.
    """
    kinds = {module.rpartition(".")[2] for module in shapes}
    tails = {_tail(module): shape for module, shape in shapes.items()}
    for one in halves:
        kind = one.module.rpartition(".")[2]
        if served is not None and kind not in served:
            raise EngineNotUsable(
                f"adapter {adapter.name} changes {kind}, and this engine serves {', '.join(sorted(served))}: "
                "set adapter_targets, or train for these modules"
            )
        if one.a[0] > rank:
            raise EngineNotUsable(
                f"adapter {adapter.name} has rank {one.a[0]}: raise max_lora_rank above {rank}, or train at a lower"
            )
        if kind not in kinds:  # a quantised model names its matrices in other ways: left to vLLM
            continue
        shape = shapes.get(one.module) or tails.get(_tail(one.module))
        if shape is None or shape != (one.b[0], one.a[1]):
            has = "has no such module" if shape is None else f"has {shape[0]} x {shape[1]} there"
            raise EngineNotUsable(
                f"adapter {adapter.name} changes {one.module} by {one.b[0]} x {one.a[1]}, the model {has}: it was made "
                "for another model"
            )


def matrices_of(model: Path) -> dict[str, Shape]:
    """Return the shapes (outputs, inputs) of a model's matrices by module, the parts that look at images left out.

    Raises:
        EngineNotUsable: a weight file cannot be read.
    """
    found: dict[str, Shape] = {}
    for file in sorted(model.glob("*.safetensors")):
        try:
            tensors = tensors_of(file)
        except (OSError, ValueError) as error:
            raise EngineNotUsable(f"{file} cannot be read: {error}") from error
        for one in tensors:
            module, _, last = one.name.rpartition(".")
            if last == "weight" and len(one.shape) == 2 and not any(word in module for word in OF_IMAGES):
                found[module] = one.shape
    return found


def _halves(adapter: Adapter, found: Iterable[Tensor]) -> tuple[Halves, ...]:
    shapes: dict[str, dict[str, Shape]] = {}
    for one in found:
        named = _NAME.fullmatch(one.name)
        if named is None or len(one.shape) != 2:
            raise EngineNotUsable(
                f"adapter {adapter.name}: {one.name[:200]} is no half of a LoRA: it is not served here"
            )
        shapes.setdefault(named["module"], {})[named["half"]] = one.shape
    if not shapes:
        raise EngineNotUsable(f"adapter {adapter.name} changes nothing: {WEIGHTS} is empty")
    for module, halves in shapes.items():
        if set(halves) != {"A", "B"} or halves["A"][0] != halves["B"][1]:
            raise EngineNotUsable(f"adapter {adapter.name}: the halves of {module} do not fit each other")
    return tuple(Halves(module, halves["A"], halves["B"]) for module, halves in sorted(shapes.items()))


def _tail(module: str) -> str:
    """Return a module's name from its layer on: what goes before differs between libraries."""
    _, layers, rest = module.rpartition("layers.")
    return layers + rest
