"""The demo with the scripted engine: documents and a study go all the way, and a simulated reviewer says what it is."""

from __future__ import annotations

import json
from pathlib import Path

from review_bridge.simulation import SIMULATED
from tests.spinestream.cli.front_door import called, spinestream


def test_documents_and_studies_give_every_kind_and_simulated_decisions_say_so(tmp_path: Path) -> None:
    asked = ("--studies", "1", "--simulate-review", "--json")
    answer = spinestream("demo", *asked, "--workdir", tmp_path / "W", SPINESTREAM_ENGINE="scripted")
    assert answer.code == 0, answer.err
    told = answer.json
    assert (told["kinds"], told["documents"], told["studies"]) == (
        ["consultation", "mcq", "open_qa", "report"],
        3,
        1,
    )
    decided = told["accepted"] + told["edited"] + told["rejected"]
    assert 0 < decided <= told["queued"] + 1, "half of what was queued"
    assert (told["open"], told["dead"]) == (0, {})
    out = tmp_path / "out.jsonl"
    states = ("--state", "accepted,edited,rejected")
    assert called("samples", "export", "--out", out, *states, "--workdir", tmp_path / "W").code == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(records) == decided
    made = [one for record in records for one in record["provenance"]["decisions"]]
    assert len(made) == decided
    assert {(one["who"], one["simulated"]) for one in made} == {(SIMULATED, True)}
    every = tmp_path / "every.jsonl"
    assert called("samples", "export", "--out", every, "--state", "all", "--workdir", tmp_path / "W").code == 0
    long: dict[str, set[str]] = {}
    for record in map(json.loads, every.read_text().splitlines()):
        long.setdefault(record["source"]["sha256"], set()).update({record["kind"]} & {"consultation", "report"})
    assert sorted(map(sorted, long.values())) == [["consultation"]] * 3 + [["report"]]
