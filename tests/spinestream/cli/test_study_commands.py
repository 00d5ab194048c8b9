"""`ingest` of studies and `quarantine`, on a store of the test's own; what they print and keep tells nobody."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from generation.cases import CASE_MEDIA_TYPE, Case
from spinestream.settings import load
from spinestream.wiring import Parts
from tests.spinestream.cli.conftest import Desk
from tests.spinestream.cli.front_door import LUMBAR
from tests.streams.intake.gateway.dicom_samples import IDENTIFIERS, SECONDARY, Sample, all_bytes, write_study


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A document, two studies of one patient with one object that may not pass, and what `phantom` writes beside."""
    folder = tmp_path / "given"
    write_study(folder / "Mustermann-1")
    write_study(folder / "Mustermann-2", 2, report=None, sample=Sample(study="8"))
    (folder / "Mustermann-2" / "screen").write_bytes(replace(Sample(study="8"), sop_class=SECONDARY).content())
    (folder / "lumbar.md").write_text(LUMBAR)
    (folder / "truth.jsonl").write_text('{"phi": ["Mustermann"]}')
    return folder


def _everything(desk: Desk) -> bytes:
    """Names and contents of the work folder but the spool, and every collection."""
    database = load(desk.place).database
    with MongoClient[dict[str, Any]](os.environ["SPINESTREAM_MONGODB"]) as client:
        found = [repr(list(client[database][name].find())) for name in client[database].list_collection_names()]
    kept = [path for path in desk.place.root.iterdir() if path != desk.place.spool]
    return "\n".join(found).encode() + all_bytes(*kept)


def test_studies_come_in_beside_documents_and_nothing_tells_whose_they_are(desk: Desk, given: Path) -> None:
    answer = desk.call("ingest", str(given), "--kinds", "mcq", "--json")
    assert answer.code == 3, "something is in quarantine"
    told = {name: value for name, value in answer.json.items() if name not in ("versions", "sent")}
    assert told == {
        "sources": 3, "new": 3, "asked_for_more": 0, "refused": [], "studies": 2, "instances": 5, "quarantined": 1,
        "files_left": 0,
    }  # fmt: skip

    async def known(parts: Parts) -> list[dict[str, Any]]:
        return await parts.sources.known()

    sources = desk.on_parts(known)
    assert sorted(one["title"] for one in sources) == ["Lumbar disc disease", "MR lumbar study", "MR lumbar study"]
    cases = [one for one in sources if one["media_type"] == CASE_MEDIA_TYPE]
    assert len({one["split"] for one in cases}) == 1, "the patient's"
    read = [
        Case.model_validate_json((desk.place.blobs / one["blob"][:2] / one["blob"][2:]).read_bytes()) for one in cases
    ]
    assert sorted("L4/L5" in one.report for one in read) == [False, True]
    outside = _everything(desk) + answer.out.encode() + answer.err.encode()
    assert not [one for one in IDENTIFIERS if one.encode() in outside]
    spool = desk.place.spool
    assert stat.S_IMODE(spool.stat().st_mode) == 0o700
    assert [path.parent.name for path in spool.rglob("*.dcm")] == ["quarantine"]


def test_the_same_again_gives_nothing_new_and_more_kinds_may_be_asked(desk: Desk, given: Path) -> None:
    first = desk.call("ingest", str(given), "--kinds", "mcq", "--json").json
    again = desk.call("ingest", str(given), "--kinds", "mcq", "--json").json
    assert (again["versions"], again["new"], again["instances"]) == (first["versions"], 0, 5)
    more = desk.call("ingest", str(given), "--kinds", "mcq,open_qa", "--json").json
    assert (more["new"], more["asked_for_more"]) == (0, 3)


def test_what_was_refused_is_listed_shown_and_tried_again(desk: Desk, given: Path) -> None:
    told = desk.call("ingest", str(given / "Mustermann-2"), "--kinds", "mcq")
    assert told.out == (
        "0 documents, 0 of them new, 0 asked for more; 0 refused\n"
        "1 studies, 1 of them new, 2 instances; 1 quarantined\n"
    )
    assert f"`spinestream quarantine list --workdir {desk.place.root}` tells what was refused" in told.err
    [one] = desk.call("quarantine", "list", "--json").json
    assert (one["reason"], one["sop_class"], one["state"]) == (
        "secondary-capture", "Secondary Capture Image Storage", "held",
    )  # fmt: skip
    assert one["id"] in desk.call("quarantine", "list").out
    shown = desk.call("quarantine", "show", one["id"], "--json").json
    assert Path(shown["original"]).read_bytes() == (given / "Mustermann-2" / "screen").read_bytes()
    answer = desk.call("quarantine", "release", one["id"], "--json")
    assert (answer.code, answer.json["quarantined"]) == (3, 1), "it is refused again"
    assert [again["id"] for again in desk.call("quarantine", "list", "--json").json] == [one["id"]]
    unknown = desk.call("quarantine", "show", "nope")
    assert (unknown.code, "no quarantined object of that spool id" in unknown.err) == (2, True)


def test_another_key_than_the_first_is_refused_and_so_is_a_short_one(
    desk: Desk, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another one every patient would become another, here and in the gateway of another machine."""
    study, key = str(given / "Mustermann-1"), "the key of the site, which is long"
    monkeypatch.setenv("SPINESTREAM_DEID_KEY", key)
    first = desk.call("ingest", study, "--json").json
    monkeypatch.setenv("SPINESTREAM_DEID_KEY", "another key, of the site")
    answer = desk.call("ingest", study)
    assert (answer.code, "SPINESTREAM_DEID_KEY: the cases of this deployment" in answer.err) == (2, True)
    assert "another key, of" not in answer.err
    assert len(desk.call("sources", "list", "--json").json) == 1
    monkeypatch.setenv("SPINESTREAM_DEID_KEY", key)
    assert desk.call("ingest", study, "--json").json["versions"] == first["versions"]
    monkeypatch.setenv("SPINESTREAM_DEID_KEY", "short")
    answer = desk.call("ingest", study)
    assert (answer.code, "SPINESTREAM_DEID_KEY: give at least 16" in answer.err, "short" in answer.err) == (
        2,
        True,
        False,
    )


def test_a_study_s_files_are_no_documents_and_are_not_named(desk: Desk, tmp_path: Path) -> None:
    folder = write_study(tmp_path / "Mustermann", 1)
    (folder / "Mustermann-letter.md").write_text("# Letter\n\nA disc protrusion at L4/L5 of Erika Mustermann.\n")
    answer = desk.call("ingest", str(folder), "--json")
    assert (answer.json["sources"], answer.json["studies"], answer.json["refused"]) == (1, 1, [])
    assert [one["reason"] for one in desk.call("quarantine", "list", "--json").json] == ["not-dicom"]
    assert "Mustermann" not in answer.out + answer.err


def test_without_room_nothing_is_taken_and_it_is_said(desk: Desk, given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_GATEWAY__MIN_FREE_MB", str(1 << 30))
    answer = desk.call("ingest", str(given / "Mustermann-1"))
    assert (answer.code, "below its watermark" in answer.err) == (1, True)
    assert "Mustermann" not in answer.err
