"""Options of the charts: what they say is what the facts say."""

from __future__ import annotations

from typing import Any

from review_bridge.desk.trends_charts import champion_chart, loss_chart, rate_chart
from tests.review_bridge.desk.shown_trends import A, B, shown
from tests.streams.trends.constructed import NOON


def _series(options: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for one in options["series"] if one.get("name") == name]


def test_the_champion_line_its_band_and_the_challengers() -> None:
    models = shown().trends.models
    options = champion_chart(models, "all", NOON)
    [line] = _series(options, "champion")
    assert [y for _, y in line["data"]] == [50.0, 60.0, 60.0, 60.0]
    assert line["data"][-1][0] == NOON.timestamp() * 1000
    [low], [width] = _series(options, "_low"), _series(options, "95 % band")
    for (_, score), (_, under), (_, wide) in zip(line["data"], low["data"], width["data"], strict=True):
        assert under < score < under + wide
    [good], [open_] = _series(options, "promoted"), _series(options, "not judged")
    assert (good["data"][0]["value"][1], good["data"][0]["symbol"]) == (60.0, "diamond")
    assert (open_["data"][0]["value"][1], open_["data"][0]["symbol"]) == (56.0, "circle")
    assert "simulated" in good["data"][0]["tooltip"]["formatter"]
    assert "simulated" not in open_["data"][0]["tooltip"]["formatter"]
    spans = [[y for _, y in one["data"]] for one in _series(options, "_span")]
    newest = models.challengers[-1].axes[0]
    assert spans[-1] == [round(100 * (newest.champion + end), 2) for end in (newest.low, newest.high)]
    assert options["legend"]["data"] == ["95 % band", "champion", "promoted", "not judged"]


def test_an_axis_that_few_were_scored_on_shows_those() -> None:
    options = champion_chart(shown().trends.models, "level:L4/L5", NOON)
    assert len(_series(options, "_span")) == 1
    assert B not in str(options)
    assert A in str(options)


def test_an_axis_that_nobody_was_scored_on_is_empty() -> None:
    assert champion_chart(shown().trends.models, "level:T1", NOON)["series"] == []


def test_rates_and_loss() -> None:
    found = shown()
    options = rate_chart(found.trends.buckets)
    assert [[y for _, y in one["data"]] for one in options["series"]] == [[0, 4, 1]] * 7
    assert found.run is not None
    loss = loss_chart(found.run)
    assert loss["series"][0]["data"] == [[1, 2.5], [12, 1.25]]
    assert loss["xAxis"]["max"] == 40
