"""Who reads and sends what: held equal to the stages and to the places where events are made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from actors.routes.stage import RouteStage
from actors.stages import STAGES
from bench.stage import ScorerStage
from review_bridge.sink import SinkStage
from review_bridge.snapshots.stage import SnapshotStage
from streams import topics
from streams.access import ACCESS
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage
from streams.topics import GROUPS, REGISTRY, holds_dead_letters, specs
from streams.trends.worker import GROUP, TOPICS
from training.gate import GateStage
from training.stage import TrainStage

ROOT = Path(__file__).parents[2]
PACKAGES = ("generation", "streams", "actors", "review_bridge", "training", "bench", "spinestream")
STAGE_CLASSES = {
    "intake": (SplitStage, PlanStage),
    "pools": tuple(STAGES.values()),
    "store": (SinkStage, SnapshotStage, RouteStage),
    "trainer": (TrainStage, GateStage),
    "scorer": (ScorerStage,),
}
SENDERS = {
    "streams/sources.py": {"SOURCES": "gateway", "WITHDRAWALS": "store"},
    "streams/intake/split_stage.py": {"PASSAGES": "intake"},
    "streams/intake/plan_stage.py": {"PLANNED": "intake", "PLANS": "intake"},
    "streams/trends/trigger.py": {"SNAPSHOT_REQUESTS": "trends"},
    "actors/stages/read.py": {"READINGS": "pools"},
    "actors/stages/draft.py": {"DRAFTED": "pools"},
    "actors/stages/revise.py": {"REVISED": "pools"},
    "actors/routes/routes.py": {"ROUTES": "store"},
    "review_bridge/ledger.py": {"PLANNED": "store", "DRAFTED": "store"},
    "review_bridge/decisions.py": {"DECISIONS": "web"},
    "review_bridge/snapshots/requests.py": {"SNAPSHOT_REQUESTS": "store"},
    "review_bridge/snapshots/stage.py": {"SNAPSHOTS": "store"},
    "training/adapter_record.py": {"CANDIDATES": "trainer"},
    "training/registry.py": {"PROMOTIONS": "trainer"},
    "training/stage.py": {"RUNS": "trainer"},
    "training/gate/decisions.py": {"JUDGEMENTS": "trainer"},
    "bench/items/versions.py": {"BENCHES": "scorer"},
    "bench/stage.py": {"COMPARISONS": "scorer"},
    "spinestream/asked_runs.py": {"SNAPSHOT_REQUESTS": "store", "SNAPSHOTS": "store"},
    "spinestream/perf/latency.py": {"PLANNED": "store"},
}
"""Where an event of a topic is made, and the role that sends it. What a command makes is sent by the store where the
command does not do it itself: commands of a cluster run beside the store."""


def made_in(file: Path) -> Iterator[str]:
    """Yield the topic of each `topics.NAME.event(…)` in a file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "event":
            of = node.func.value
            if isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name) and of.value.id == "topics":
                yield of.attr


def test_every_group_reads_what_its_stage_declares() -> None:
    declared = {role: {one.group: one.topics for one in classes} for role, classes in STAGE_CLASSES.items()}
    declared["trends"] = {GROUP: TOPICS}
    assert {role: dict(access.reads) for role, access in ACCESS.items() if access.reads} == declared


def test_every_group_with_dead_letters_belongs_to_one_role() -> None:
    groups = [group for access in ACCESS.values() for group in access.reads]
    assert len(groups) == len(set(groups))
    assert set(GROUPS) == set(groups) - {GROUP}


def test_events_are_made_where_the_table_says() -> None:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    found = {str(file.relative_to(ROOT)): set(made_in(file)) for file in files}
    assert {name: made for name, made in found.items() if made} == {name: set(made) for name, made in SENDERS.items()}


def test_a_role_may_send_what_it_makes_and_nothing_else() -> None:
    for role, access in ACCESS.items():
        made = {getattr(topics, name).name for table in SENDERS.values() for name, by in table.items() if by == role}
        sent = {name for name in access.sends if not holds_dead_letters(name)}
        assert sent == (set(REGISTRY) if role == "store" else made), role


def test_a_role_gives_up_on_records_of_its_own_groups_only() -> None:
    for role, access in ACCESS.items():
        letters = {name for name in access.sends if holds_dead_letters(name)}
        mine = {f"deadletters.{group}" for group in access.reads if group in GROUPS}
        every = {spec.name for spec in specs() if holds_dead_letters(spec.name)}
        assert letters == (every if role == "store" else mine), role
