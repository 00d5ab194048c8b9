"""Trends in the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from spinestream.cli.trends_view import sparkline, trends_view
from tests.review_bridge.desk.shown_trends import A, shown


@pytest.mark.parametrize(
    ("counts", "line"),
    [((), ""), ((0, 0), "  "), ((0, 4, 8), " ▄█"), ((1, 1_000), "▁█"), ((5,), "█")],
)
def test_a_bar_a_count(counts, line) -> None:
    assert sparkline(counts) == line


def test_the_view_says_what_was_found_and_what_is_simulated() -> None:
    out = io.StringIO()
    Console(file=out, width=160, highlight=False).print(trends_view(shown()))
    text = out.getvalue()
    for words in (
        "11 events counted · 12 not counted yet · 2 unreadable", f"champion {A}", "dead draft 1", "copied",
        "3 of 8 revisions were held", "-4.0% [-13.5%, +5.5%]", "not judged", "trigger waiting: 3 of 100 new samples",
        "run run-1234 running: training, step 12 of 40, loss 2.500 to 1.250 (simulated)",
        "some of this comes of simulated decisions",
    ):  # fmt: skip
        assert words in text
