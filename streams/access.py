"""Who reads and sends what: the topics and consumer groups of each role.

The registry says what there is, this says whose it is. From it come the operations of the AsyncAPI document and the
least rights of each role's user on a broker. A test holds it equal to what the stages declare and the code sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams import topics
from streams.topics import GROUPS, REGISTRY, Topic, dead_letter_topic, specs


@dataclass(frozen=True, slots=True)
class Access:
    """What one role does with the broker."""

    summary: str
    reads: Mapping[str, tuple[str, ...]]
    """Topics that each of its consumer groups reads, by group."""
    sends: tuple[str, ...]
    """Topics it sends to, those of dead letters included."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that the chart reads."""
        return {"reads": {group: list(names) for group, names in self.reads.items()}, "sends": list(self.sends)}


_ITEM_STAGES = ("draft", "revise")
"""Groups whose dead letters mark a sample."""


def _access(summary: str, reads: Mapping[str, tuple[Topic, ...]], *sends: Topic) -> Access:
    """Return an access; each group that may give up on a record sends to its dead-letter topic."""
    dead = tuple(dead_letter_topic(group) for group in reads if group in GROUPS)
    by_group = {group: tuple(topic.name for topic in read) for group, read in reads.items()}
    return Access(summary, by_group, (*(topic.name for topic in sends), *dead))


def _store() -> Access:
    """The store sends whatever a command left unsent and replays dead letters of every group: every topic there is."""
    sink = (topics.PLANNED, topics.DRAFTED, topics.REVISED, topics.DECISIONS, topics.WITHDRAWALS)
    reads = {
        "store": (*(topic.name for topic in sink), *(dead_letter_topic(group) for group in _ITEM_STAGES)),
        "snapshots": (topics.SNAPSHOT_REQUESTS.name, topics.BENCHES.name),
        "routes": (topics.PROMOTIONS.name,),
    }
    return Access(
        "Merges what came of every item, freezes datasets, and sends again what is open and in no log.",
        reads,
        tuple(spec.name for spec in specs()),
    )


ACCESS: Mapping[str, Access] = {
    "gateway": _access("Makes cases of hospital studies.", {}, topics.SOURCES),
    "intake": _access(
        "Splits sources into passages and plans their items.",
        {"intake": (topics.SOURCES,), "plan": (topics.READINGS,)},
        *(topics.PASSAGES, topics.PLANNED, topics.PLANS),
    ),
    "pools": _access(
        "Engines read sources, draft and revise items.",
        {"read": (topics.PASSAGES,), "draft": (topics.PLANNED,), "revise": (topics.DRAFTED,)},
        *(topics.READINGS, topics.DRAFTED, topics.REVISED),
    ),
    "store": _store(),
    "web": _access("Clinicians decide on samples.", {}, topics.DECISIONS),
    "trends": _access(
        "Writes each event down as a fact and asks for training.",
        {"trends": tuple(REGISTRY.values())},
        topics.SNAPSHOT_REQUESTS,
    ),
    "trainer": _access(
        "Makes adapters of datasets, judges them and promotes.",
        {"trainer": (topics.SNAPSHOTS, topics.WITHDRAWALS), "gate": (topics.COMPARISONS,)},
        *(topics.RUNS, topics.CANDIDATES, topics.JUDGEMENTS, topics.PROMOTIONS),
    ),
    "scorer": _access(
        "Scores candidates beside the champion.",
        {"scorer": (topics.CANDIDATES,)},
        *(topics.COMPARISONS, topics.BENCHES),
    ),
}
"""By role."""
