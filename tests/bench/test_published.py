"""The paper's table against its own formula."""

from __future__ import annotations

import orjson
import pytest
from rich.console import Console

from bench.published import PUBLISHED, Published, published_rows, published_table
from bench.published.checked import check, right_of

TOTALS = {
    "Gemini-2.5-Pro": 89.23,
    "SpineGPT": 87.44,
    "GPT-5-mini": 87.01,
    "GPT-5": 85.54,
    "GLM-4.5V": 83.26,
    "Qwen2.5-VL-72B": 79.88,
}
ROWS = {one["model"]: one for one in published_rows()}


@pytest.mark.parametrize("model", TOTALS)
def test_six_printed_totals_follow_from_the_printed_scores(model: str) -> None:
    assert ROWS[model]["printed"] == TOTALS[model]
    assert abs(ROWS[model]["total"] - TOTALS[model]) <= 0.01
    assert not [one for one in ROWS[model]["misprints"] if one["field"] == "total"]


def test_the_misprints_are_two() -> None:
    found = {name: row["misprints"] for name, row in ROWS.items() if row["misprints"]}
    assert found == {
        "SpineGPT": [{"field": "mcq", "printed": 87.89, "computed": 87.47}],
        "Qwen2.5-VL-7B": [{"field": "total", "printed": 64.74, "computed": 71.85}],
    }


def test_shares_that_no_count_gives_are_flagged() -> None:
    # 79.97 % of 193 is 154.3, and what the paper made of it, 84.46 % of 487, is 411.3.
    assert {name: row["not_integer"] for name, row in ROWS.items() if row["not_integer"]} == {"GPT-5": ["image", "mcq"]}


@pytest.mark.parametrize(("percent", "of", "right"), [(89.46, 294, 263), (84.46, 193, 163), (79.97, 193, None)])
def test_a_share_is_a_count_where_it_rounds_to_what_is_printed(percent: float, of: int, right: int | None) -> None:
    assert right_of(percent, of) == right


def test_every_count_is_found_from_its_rounded_share() -> None:
    for of in (193, 294, 487):
        assert [right_of(round(100 * right / of, 2), of) for right in range(of + 1)] == list(range(of + 1))


def test_a_row_is_plain_and_has_the_fields_that_were_promised() -> None:
    for row in orjson.loads(orjson.dumps(published_rows())):
        assert list(row) == ["model", "text", "image", "mcq", "report", "total", "printed", "misprints", "not_integer"]
    assert [row["model"] for row in published_rows()] == [one.model for one in PUBLISHED]
    assert ROWS["GPT-5-mini"]["text"] is ROWS["GPT-5-mini"]["image"] is None


def test_a_right_row_has_no_fault_and_a_wrong_one_is_found() -> None:
    good = Published("made up", 50.0, 59.07, 53.59, 80.0, 57.60)
    assert (check(good).misprints, check(good).not_integer) == ((), ())
    wrong = check(Published("made up", 50.0, 59.07, 55.0, 80.0, 60.0))
    assert [one.field for one in wrong.misprints] == ["mcq", "total"]


def test_the_table_says_what_is_misprinted() -> None:
    console = Console(width=240, record=True)
    console.print(published_table())
    told = console.export_text()
    assert "mcq: 87.89, should be 87.47" in told
    assert "total: 64.74, should be 71.85" in told
    assert "arXiv 2510.03160" in told
