from __future__ import annotations

import json
import re
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from spinestream.capacity import Figures, capacity
from spinestream.cli.capacity import HELP
from spinestream.cli.main import root

PAGE = Path(__file__).resolve().parents[2] / "docs" / "capacity.md"
PLAIN = Figures(
    queued_share=0.5,
    accepted_share=0.5,
    output_tokens=100,
    tokens_per_s=50,
    busy=0.5,
    seconds_a_decision=36,
    cpu_ms=3600,
    store_kib=1024,
    log_kib=512,
    log_days=1,
    replicas=2,
)


def test_products() -> None:
    found = capacity(1000, 2, PLAIN)

    assert (found.decided, found.planned, found.tokens) == (2000, 4000, 400_000)
    assert found.engine_hours == pytest.approx(400_000 / 50 / 3600, abs=0.05)
    assert found.engines == 1
    assert found.cores == 1  # 4 hours of a core in two days
    assert found.review_hours == 20.0
    assert found.clinicians == 2  # of twelve hours each
    assert found.store_gib == pytest.approx(4000 / 1024 * 2, abs=0.05)
    assert found.log_gib == pytest.approx(2000 / 1024 / 2 * 2, abs=0.05)  # half of the days are kept


def test_kafka_holds_no_more_than_there_is() -> None:
    short = capacity(1000, 2, replace(PLAIN, log_days=2))

    assert capacity(1000, 2, replace(PLAIN, log_days=30)).log_gib == short.log_gib


def test_half_the_days_take_twice_the_engines() -> None:
    assert capacity(10**7, 4, PLAIN).engines * 2 == pytest.approx(capacity(10**7, 2, PLAIN).engines, abs=1)


@pytest.mark.parametrize(("name", "value"), [("busy", 1.2), ("tokens_per_s", 0.0), ("accepted_share", -0.1)])
def test_what_cannot_be_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        capacity(1000, 2, Figures(**{**asdict(PLAIN), name: value}))


def test_every_figure_is_an_option() -> None:
    assert set(HELP) == {one.name for one in fields(Figures)}


def test_the_page_shows_what_the_command_prints() -> None:
    printed = CliRunner().invoke(root, ["capacity"]).output
    rows = dict(_cells(printed))

    block = PAGE.read_text().split("With the defaults, in 90 days:\n\n```\n")[1].split("\n```")[0]
    shown = dict(re.split(r"  +", line, maxsplit=1) for line in block.splitlines())

    assert rows == shown


def test_json_and_a_figure_that_is_refused() -> None:
    runner = CliRunner()
    found = runner.invoke(root, ["capacity", "--samples", "1000", "--json"])
    refused = runner.invoke(root, ["capacity", "--busy", "2"])

    assert json.loads(found.output)["samples"] == 1000
    assert refused.exit_code == 2
    assert "busy is 2" in refused.output


def _cells(printed: str) -> list[tuple[str, str]]:
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if line.startswith("│")]
    return [(name, text) for name, text in rows]
