"""Datasets of accepted and edited samples, frozen: immutable, named by their content, cleaned, with a card."""

from review_bridge.snapshots.card import Card, CardSource, Cell, Cleaning
from review_bridge.snapshots.export import DatasetExported, export_rows
from review_bridge.snapshots.records import Snapshot
from review_bridge.snapshots.selection import LeftOut
from review_bridge.snapshots.settings import DatasetSettings
from review_bridge.snapshots.snapshots import Snapshots

__all__ = [
    "Card",
    "CardSource",
    "Cell",
    "Cleaning",
    "DatasetExported",
    "DatasetSettings",
    "LeftOut",
    "Snapshot",
    "Snapshots",
    "export_rows",
]
