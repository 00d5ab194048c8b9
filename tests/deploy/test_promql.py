"""The reader of queries that the tests of dashboards and alerts stand on."""

from __future__ import annotations

import pytest

from tests.deploy import promql
from tests.deploy.exported import checked


def test_names_of_a_query() -> None:
    found = promql.read(
        "histogram_quantile(0.95, "
        'sum by (le, stage) (rate(a_seconds_bucket{model=~"x|{y}", bound!="z"}[$__rate_interval])))'
        " and on (stage) max without (pod) (b) > 1e3 unless c offset 1h30m == bool 2"
    )
    assert found.metrics == {"a_seconds_bucket", "b", "c"}
    assert found.matched == {"model", "bound"}
    assert found.grouped == {"le", "stage", "pod"}
    assert found.functions == {"histogram_quantile", "sum", "rate", "max"}
    assert found.counted == {"a_seconds_bucket"}


def test_a_label_that_is_made() -> None:
    found = promql.read('min by (stage) (label_replace(d, "stage", "$1", "group", "(.+)"))')
    assert (found.metrics, found.made, found.grouped) == ({"d"}, {"stage"}, {"stage"})


@pytest.mark.parametrize(
    "text",
    ["sum(rate(a[5m])", "a)", "rate(a[5m)]", "a{b}", "a{b=c}", "frobnicate(a)", "1 + 2", "a § b", 'a{"b"="c"}'],
)
def test_what_is_no_query(text: str) -> None:
    with pytest.raises(promql.Unreadable):
        promql.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "spinestream_stage_lags",
        "sum(spinestream_dead_letter_total)",
        "max by (group) (spinestream_stage_lag)",
        'spinestream_stage_lag{group="draft"}',
        "sum by (le) (messaging_process_duration_seconds_count)",
        "rate(spinestream_stage_lag[5m])",
    ],
)
def test_what_no_role_exports(text: str) -> None:
    with pytest.raises(AssertionError):
        checked(text)
