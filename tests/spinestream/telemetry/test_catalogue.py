"""The catalogue is what is exported: by the instruments, by the manager for its actors, by the desk; and the page of
the docs says the same."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace

from prometheus_client.parser import text_string_to_metric_families

from actors.pools.notes import MemberNote, PoolNote, WorkerReport
from review_bridge.desk.metrics import exposition
from review_bridge.desk.pipeline import Pipeline, StageRow
from review_bridge.desk.trends import TrendsShown
from spinestream.telemetry.actors import ActorNumbers
from spinestream.telemetry.catalogue import DESK, EXPORTED, exported_of, names
from spinestream.telemetry.numbers import open_numbers
from streams.telemetry import metering, standing
from streams.telemetry.instruments import ALL, ENGINE, LIGHT, POOLS, Instrument, Kind
from streams.telemetry.tally import Tally
from tests.review_bridge.desk.shown_trends import shown
from tests.streams.telemetry.test_standing import Standing

PAGE = Path(__file__).parents[3] / "docs" / "telemetry.md"


def fill(instruments: tuple[Instrument, ...]) -> None:
    for one in instruments:
        labels = ["x"] * len(one.attributes)
        if one.kind is Kind.COUNTER:
            metering.count(one, 1, *labels)
        elif one.kind is Kind.HISTOGRAM:
            metering.observe(one, 0.03, *labels)


def samples(text: bytes) -> dict[str, set[str]]:
    """Return the names of samples with their labels."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text.decode()):
        for one in family.samples:
            found.setdefault(one.name, set()).update(one.labels)
    return found


def of(instruments: tuple[Instrument, ...]) -> dict[str, set[str]]:
    """Return what the catalogue says of instruments, in the same form."""
    told = {}
    for one in map(exported_of, instruments):
        told |= {name: set(one.labels) | ({"le"} if name.endswith("_bucket") else set()) for name in one.samples}
    return told


def pool(report: WorkerReport | None) -> PoolNote:
    return PoolNote("engine", ("draft",), 0, 1, (MemberNote("engine", "a", 1, "ready", True, report),))


def report(tally: Tally) -> WorkerReport:
    return WorkerReport(True, 1, 2.5, {}, {}, None, numbers=tally.points())


def test_a_process_exports_what_the_catalogue_says_and_nothing_else() -> None:
    loop = Standing()
    standing.watch(loop)
    numbers = open_numbers()
    try:
        fill(tuple(one for one in ALL if one not in POOLS))
        assert samples(numbers.exposition()) == of(tuple(one for one in ALL if one not in POOLS))
    finally:
        numbers.close()
        standing.forget(loop)


def test_a_manager_exports_the_numbers_of_its_actors_under_the_same_names() -> None:
    loop, tally = Standing(), Tally()
    standing.watch(loop)
    metering.use(tally)
    fill(ENGINE)
    told = report(tally)
    standing.forget(loop)
    numbers = open_numbers()
    try:
        actors = ActorNumbers()
        actors.watched_by(numbers.meters)
        numbers.add(actors)
        fill(POOLS)
        actors.see([pool(told)])
        assert samples(numbers.exposition()) == of((*ENGINE, *POOLS))
    finally:
        numbers.close()


def test_actors_and_roles_count_into_the_same_buckets() -> None:
    tally = Tally()
    [asked] = [one for one in LIGHT if one.kind is Kind.HISTOGRAM]
    values = (0.0, 0.005, 0.0051, 0.3, 299.0, 301.0)
    metering.use(tally)
    for value in values:
        metering.observe(asked, value, "planned", "draft", None)
    points = tally.points()
    numbers = open_numbers()
    try:
        for value in values:
            metering.observe(asked, value, "planned", "draft", None)
        by_role = numbers.exposition()
    finally:
        numbers.close()
    actors = ActorNumbers()
    actors.see([pool(WorkerReport(True, 0, 0.0, {}, {}, None, numbers=points))])
    [family] = list(actors.collect())
    told = {(one.name, one.labels.get("le")): one.value for one in family.samples}
    by_role_told = {
        (one.name, one.labels.get("le")): one.value
        for family in text_string_to_metric_families(by_role.decode())
        for one in family.samples
        if one.name.startswith("messaging_process")
    }
    assert told == by_role_told


def test_what_an_actor_counted_stays_counted_when_it_is_gone() -> None:
    tally = Tally()
    metering.use(tally)
    fill(ENGINE)
    metering.use(None)
    actors = ActorNumbers()
    actors.see([pool(report(tally))])
    # It does not answer for a look; then it is gone.
    actors.see([pool(None)])
    before = {one.name for one in actors.points()}
    actors.see([PoolNote("engine", ("draft",), 0, 1, ())])
    assert {one.name for one in actors.points()} == before
    assert actors.actors() == [(0.0, ("engine", state)) for state in ("starting", "ready", "draining")]
    actors.see([pool(report(tally))])
    twice = [one for one in actors.points() if one.name == "messaging.client.sent.messages"]
    assert [one.value for one in twice] == [2.0]


def test_a_manager_tells_which_stages_stand_still_as_its_actors_say() -> None:
    actors = ActorNumbers()
    still = WorkerReport(True, 0, 0.0, {}, {}, None, computes="trainer 3fa9", paused={"draft": "compute"})
    members = tuple(MemberNote("engine", name, 1, "ready", True, told) for name, told in (("a", still), ("b", None)))
    actors.see([PoolNote("engine", ("draft", "revise"), 0, 2, members)])
    assert actors.paused() == [(1.0, ("engine", "draft")), (0.0, ("engine", "revise"))]
    actors.see([pool(None)])
    assert actors.paused() == [(0.0, ("engine", "draft"))], "an actor that starts says nothing"


def test_the_desk_exports_what_the_catalogue_says_and_nothing_else() -> None:
    pipeline = Pipeline("running", {"queued": 4}, (StageRow("draft", 7, 2, 0.5, ""),), (), (), (), oldest_wait=9.0)
    found = samples(exposition(pipeline, shown()))
    assert found == {name: set(one.labels) for one in DESK for name in one.samples}


def test_no_label_names_a_person_a_source_or_an_item() -> None:
    labels = {label for one in EXPORTED for label in one.labels}
    assert not labels & {"item", "source", "subject", "case", "patient", "who", "reviewer", "id"}
    assert len(names()) == sum(len(one.samples) for one in EXPORTED)


def test_the_page_has_a_row_for_every_metric_and_for_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", PAGE.read_text(), re.M)
    assert rows == [(one.name, str(one.kind), ", ".join(f"`{label}`" for label in one.labels)) for one in EXPORTED]


def test_the_listener_of_web_tells_what_the_desk_knows() -> None:
    from review_bridge.desk.server import exposed

    pipeline = Pipeline("running", {"queued": 4}, (StageRow("draft", 7, 2, 0.5, ""),), (), (), (), oldest_wait=9.0)

    async def told(known: bool) -> bytes:
        async def look() -> Pipeline | None:
            return pipeline if known else None

        async def trends(_: object) -> TrendsShown | None:
            return shown() if known else None

        return await exposed(SimpleNamespace(look=look, trends=trends))  # type: ignore[arg-type]

    assert samples(asyncio.run(told(known=True))).keys() == {name for one in DESK for name in one.samples}
    assert asyncio.run(told(known=False)) == b""
