"""Items of SpineBench and the immutable versions that they make."""

from bench.items.item import BenchItem, BenchOption, ItemKind, Origin
from bench.items.version import BenchVersion

__all__ = ["BenchItem", "BenchOption", "BenchVersion", "ItemKind", "Origin"]
