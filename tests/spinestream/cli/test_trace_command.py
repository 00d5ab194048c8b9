"""`trace ID` draws what the store knows; no trace was followed for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from generation.ids import digest
from spinestream.errors import USAGE
from spinestream.wiring import Parts
from tests.spinestream.cli.conftest import Desk
from tests.spinestream.cli.items import planned_item, revised_parts


def steps(tree: dict) -> list[dict]:
    """Return every step of a journey, depth first."""
    found = []
    for one in tree.get("steps", ()):
        found += [one, *steps(one)]
    return found


def stored(desk: Desk) -> str:
    """Take a source in with one sample, as the sink does it, with places of its events; returns the sample's id."""
    version = desk.source("guide", b"guide")
    item = planned_item("guide", version, 0)
    planned, drafted, revised = revised_parts(item)
    for number, part in enumerate((planned, drafted, revised)):
        desk.take_in([replace(part, at=("planned", 0, number))])
    return item.id


def test_the_journey_of_an_item_has_the_times_of_every_step_in_their_order(desk: Desk) -> None:
    item = stored(desk)
    assert desk.call("samples", "accept", item, "--who", "Dr Li").code == 0
    answer = desk.call("trace", item, "--json")
    assert answer.code == 0
    found = json.loads(answer.out)
    assert (found["kind"], found["id"], found["trace"]) == ("item", item, None)
    [source] = found["steps"]
    assert source["what"] == "source guide taken in"
    told = [one["what"] for one in steps(found)]
    assert told[1] == f"item {item}"
    assert told[2:5] == ["planned stored", "drafted stored", "revised stored"]
    assert "accepted" in told
    times = {one["what"]: datetime.fromisoformat(one["at"]) for one in steps(found) if one["at"]}
    order = ["source guide taken in", "planned stored", "drafted stored", "revised stored", "accepted"]
    assert [times[name] for name in order] == sorted(times[name] for name in order)
    drafted = next(one for one in steps(found) if one["what"] == "drafted")
    assert (drafted["at"], drafted["seconds"], drafted["detail"]["model"]) == (None, 0.5, "scripted")


def test_the_tree_for_people(desk: Desk) -> None:
    item = stored(desk)
    answer = desk.call("trace", item)
    assert answer.code == 0
    assert "source guide taken in" in answer.out
    assert "time not kept  drafted in 0.50 s  (model scripted" in answer.out
    assert "UTC" in answer.out
    assert " +" in answer.out


def test_a_source_is_known_by_its_id_and_by_its_version(desk: Desk) -> None:
    item = stored(desk)
    version = digest(b"guide")

    async def bury(parts: Parts) -> None:
        letter = {
            "_id": "l",
            "group": "plan",
            "subject": version,
            "why": "blob",
            "status": "dead",
            "at": "2026-01-02T03:04:05Z",
        }
        await parts.database["dead_letters"].insert_one(letter)

    desk.on_parts(bury)
    by_id, by_version = (json.loads(desk.call("trace", name, "--json").out) for name in ("guide", version))
    assert by_id["steps"] == by_version["steps"]
    told = {one["what"]: one for one in steps(by_id)}
    assert told["items"]["detail"] == {"queued": 1}
    assert told["dead in plan"]["detail"]["why"] == "blob"
    assert item not in json.dumps(by_id)


def test_a_followed_sample_names_its_trace(desk: Desk) -> None:
    version = desk.source("guide", b"guide")
    item = planned_item("guide", version, 0)
    planned, drafted, revised = revised_parts(item)
    header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    desk.take_in([planned, drafted, replace(revised, trace=header)])
    assert json.loads(desk.call("trace", item.id, "--json").out)["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert "trace 0af7651916cd43dd8448eb211c80319c" in desk.call("trace", item.id).out


def test_an_unknown_id_says_what_may_be_given(desk: Desk) -> None:
    answer = desk.call("trace", "nobody")
    assert answer.code == USAGE
    assert "nothing is called nobody; give an item or sample id" in answer.err
