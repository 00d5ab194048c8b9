"""Samples as they are kept, reviewed and given out: the store, the review queue, decisions, withdrawal and exports."""

from review_bridge.counts import SampleCounts
from review_bridge.decisions import decide
from review_bridge.export import DEFAULT_STATES, Exported, export_records, write_jsonl
from review_bridge.queue import QueueEntry, ReviewQueue
from review_bridge.record import record_of
from review_bridge.routing import refill, route, take_in
from review_bridge.sample import Sample
from review_bridge.store import MergeResult, SampleStore
from review_bridge.withdrawal import retract_if_withdrawn, sweep

__all__ = [
    "DEFAULT_STATES",
    "Exported",
    "MergeResult",
    "QueueEntry",
    "ReviewQueue",
    "Sample",
    "SampleCounts",
    "SampleStore",
    "decide",
    "export_records",
    "record_of",
    "refill",
    "retract_if_withdrawn",
    "route",
    "sweep",
    "take_in",
    "write_jsonl",
]
