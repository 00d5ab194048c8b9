"""Lets aiokafka read what our producers compress.

It takes lz4 from `cramjam` and from nothing else; kafka-python, which publishes for us, takes it from `lz4`. One of the
two libraries is enough: where there is no `cramjam`, aiokafka is given the function that it calls, made of `lz4`.
Without that, every record of ours ends the consumer (`UnsupportedCodecError`). Snappy and zstd stay unreadable: none of
our producers writes them.
"""

from __future__ import annotations

from types import SimpleNamespace


def read_lz4() -> None:
    """Give aiokafka lz4, if it has none; safe to repeat."""
    from aiokafka import codec  # type: ignore[import-untyped]
    from lz4 import frame

    if codec.cramjam is None:
        codec.cramjam = SimpleNamespace(lz4=SimpleNamespace(decompress=frame.decompress))
        codec.has_snappy = codec.has_zstd = lambda: False
