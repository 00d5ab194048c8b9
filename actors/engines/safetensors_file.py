"""Looks into safetensors files without loading them: names, shapes, and whether every number is one.

Format: 8 bytes (little endian) with the length of a JSON header, the header `{name: {dtype, shape, data_offsets}}`, the
numbers (https://github.com/huggingface/safetensors#format). Read here and not by the library, which gives numpy no
bfloat16.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

LARGEST_HEADER = 100_000_000
_WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
"""Bytes a number of the formats that weights come in."""


@dataclass(frozen=True)
class Tensor:
    """One tensor of a file, as its header tells."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    """Offset of its first byte in the file."""
    end: int


def tensors_of(file: Path) -> tuple[Tensor, ...]:
    """Return what a file holds, by its header.

    Raises:
        ValueError: it is no safetensors file, or is cut off.
        OSError: it cannot be read.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(LARGEST_HEADER, size - 8):
            raise ValueError("its header is damaged")
        try:
            header = orjson.loads(stream.read(length))
        except orjson.JSONDecodeError as error:
            raise ValueError("its header is damaged") from error
    if not isinstance(header, dict):
        raise ValueError("its header is no table")
    start = 8 + length
    return tuple(_tensor(name, told, start, size) for name, told in header.items() if name != "__metadata__")


def all_finite(file: Path, tensor: Tensor) -> bool:
    """Return whether no number of a tensor is infinite or none at all (NaN); False for a format that holds no weights.

    Raises:
        OSError: the file cannot be read.
    """
    import numpy

    if tensor.dtype not in _WIDTHS:
        return False
    with file.open("rb") as stream:
        stream.seek(tensor.begin)
        content = stream.read(tensor.end - tensor.begin)
    if tensor.dtype == "BF16":  # the exponent's 8 bits are all set in what is no number
        return not bool((numpy.frombuffer(content, numpy.uint16) & 0x7F80 == 0x7F80).any())
    kind = {"F64": numpy.float64, "F32": numpy.float32, "F16": numpy.float16}[tensor.dtype]
    return bool(numpy.isfinite(numpy.frombuffer(content, kind)).all())


def _tensor(name: str, told: Any, start: int, size: int) -> Tensor:
    try:
        begin, end = (start + int(offset) for offset in told["data_offsets"])
        tensor = Tensor(str(name), str(told["dtype"]), tuple(int(one) for one in told["shape"]), begin, end)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("its header is damaged") from error
    width = _WIDTHS.get(tensor.dtype)
    if not start <= begin <= end <= size or (width and end - begin != width * math.prod(tensor.shape)):
        raise ValueError(f"tensor {tensor.name[:100]} is cut off")
    return tensor
