"""`bench` on a work folder whose engine is scripted: versions, scores, comparisons, the published table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spinestream.settings import Settings, save
from tests.spinestream.cli.conftest import Desk


def _scripted(desk: Desk, database: str, **answering: Any) -> None:
    save(desk.place, Settings(engine="scripted", database=database, bench={"phantoms": 8, "scripted": answering}))


def test_without_a_version_it_says_how_to_make_one(desk: Desk) -> None:
    answer = desk.call("bench", "items")
    assert answer.code == 0
    assert "bench items --phantom" in answer.out
    assert desk.call("bench", "items", "--json").json == {"version": None, "versions": []}
    refused = desk.call("bench", "compare", "bare", "bare")
    assert (refused.code, "no version of SpineBench" in refused.err) == (2, True)


def test_the_same_items_are_the_same_version(desk: Desk) -> None:
    first = desk.call("bench", "items", "--phantom", "6", "--languages", "en,zh", "--json").json
    again = desk.call("bench", "items", "--phantom", "6", "--languages", "en,zh", "--json").json
    assert first == again
    version = first["version"]
    assert version["phantom"] == version["items"] == version["counts"]["kind"]["text"] > 10
    assert set(version["counts"]["language"]) == {"en", "zh"}
    assert version["twins"] > 0
    more = desk.call("bench", "items", "--phantom", "7", "--json").json
    assert len(more["versions"]) == 2
    shown = desk.call("bench", "items")
    assert more["version"]["bench"] in shown.out
    assert "about phantoms" in shown.out


def test_a_table_is_read_and_a_fault_told(desk: Desk, tmp_path: Path) -> None:
    table = tmp_path / "other.tsv"
    table.write_text("index\tquestion\tA\tB\tanswer\n1\tWhich level?\tL4/L5\tL5/S1\tA\n")
    made = desk.call("bench", "items", "--tsv", str(table), "--json").json
    assert made["version"]["counts"]["kind"] == {"text": 1}
    table.write_text("index\tquestion\tA\tB\tanswer\n1\tWhich level?\tL4/L5\tL5/S1\tC\n")
    refused = desk.call("bench", "items", "--tsv", str(table))
    assert (refused.code, "row 1, column 'answer'" in refused.err) == (2, True)


def test_no_item_at_all_is_told(desk: Desk) -> None:
    refused = desk.call("bench", "items", "--sources")
    assert (refused.code, "needs an item" in refused.err) == (2, True)
    assert desk.call("bench", "items", "--phantom", "3", "--languages", "fr").code == 2


def test_a_score_is_shown_beside_its_baselines_and_marked(desk: Desk, mongo_db: str) -> None:
    _scripted(desk, mongo_db, right=0.6)
    told = desk.call("bench", "run", "--bare", "--json").json
    assert told["simulated"]
    assert told["adapter"] == ""
    whole = told["scores"][0]
    assert (whole["axis"], whole["method"]) == ("all", "likelihood")
    assert whole["score"]["low"] <= whole["score"]["value"] <= whole["score"]["high"]
    assert whole["chance"] == 0.25
    assert told["swap"]["pairs"] > 0
    shown = desk.call("bench", "run", "--bare")
    for word in ("chance", "majority", "blind", "95 %", "level swap", "simulated"):
        assert word in shown.out
    trend = desk.call("bench", "trend", "--json").json
    assert [one["bench"] for one in trend["scores"]] == [told["bench"]]
    assert trend["comparisons"] == []
    assert "likelihood" in desk.call("bench", "trend").out


def test_two_scores_are_compared_item_by_item(desk: Desk, mongo_db: str) -> None:
    _scripted(desk, mongo_db, right=0.6)
    desk.call("bench", "run", "--bare")
    told = desk.call("bench", "compare", "bare", "bare", "--json").json
    assert [one["difference"] for one in told["axes"]] == [0.0] * len(told["axes"])
    assert told["simulated"]
    assert told["mcnemar"]["exact"] == 1.0
    assert told["bootstrap"]["low"] < 0 < told["bootstrap"]["high"], "no interval of items that all agree is empty"
    assert all(one["blind"] is not None and one["chance"] for one in told["axes"])
    assert "the bare model" in desk.call("bench", "compare", "bare", "bare").out
    refused = desk.call("bench", "compare", "spine@000000000000", "bare")
    assert (refused.code, "bench run --adapter spine@000000000000" in refused.err) == (2, True)


def test_an_adapter_that_is_not_there_is_told(desk: Desk) -> None:
    refused = desk.call("bench", "run", "--adapter", "spine@000000000000")
    assert refused.code != 0
    assert "spine@000000000000" in refused.err
    assert desk.call("bench", "run", "--adapter", "x", "--bare").code == 2


def test_the_published_table_has_its_fields() -> None:
    from tests.spinestream.cli.front_door import called

    rows = called("bench", "published", "--json").json
    names = {"model", "text", "image", "mcq", "report", "total", "printed", "misprints", "not_integer"}
    assert rows
    assert all(set(row) == names for row in rows)
    assert "SpineGPT" in called("bench", "published").out
