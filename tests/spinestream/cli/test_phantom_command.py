"""`spinestream phantom`: what it writes, twice the same, and never among other files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pydicom

from tests.spinestream.cli.front_door import called


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_it_writes_studies_and_their_truth(tmp_path: Path) -> None:
    answer = called("phantom", "--studies", "2", "--seed", "5", "--out", str(tmp_path / "made"), "--json")
    assert (answer.code, answer.err) == (0, "")
    lines = [json.loads(line) for line in (tmp_path / "made" / "truth.jsonl").read_text("utf-8").splitlines()]
    assert [line["study"] for line in lines] == ["study-0001", "study-0002"]
    assert [line["study"] for line in answer.json["studies"]] == ["study-0001", "study-0002"]
    for line in lines:
        folder = tmp_path / "made" / line["study"]
        report = (folder / "report.txt").read_text("utf-8")
        objects = sorted(folder.glob("*.dcm"))
        assert len(objects) == line["objects"] > 0
        assert pydicom.dcmread(objects[0], stop_before_pixels=True).StudyInstanceUID == line["study_uid"]
        assert line["phantom"] is True
        assert line["findings"]
        assert line["levels"]
        assert sum(value in report for value in line["phi"]) >= 5
        assert not any(value in str(path.relative_to(tmp_path)) for value in line["phi"] for path in folder.iterdir())


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second", "first"):
        asked = ("--studies", "1", "--seed", "8", "--language", "zh", "--out", str(tmp_path / name))
        assert called("phantom", *asked).code == 0
    assert _digests(tmp_path / "first") == _digests(tmp_path / "second")
    line = json.loads((tmp_path / "first" / "truth.jsonl").read_text("utf-8"))
    assert line["language"] == "zh"


def test_it_leaves_a_folder_of_other_things_alone(tmp_path: Path) -> None:
    (tmp_path / "study-0001").mkdir()
    (tmp_path / "study-0001" / "ct-1-0001.dcm").write_text("somebody's")
    (tmp_path / "study-0001" / "notes.txt").write_text("somebody's")
    before = _digests(tmp_path)
    answer = called("phantom", "--studies", "1", "--out", str(tmp_path))
    assert answer.code == 2
    assert "--out" in answer.err
    assert _digests(tmp_path) == before
    (tmp_path / "other").mkdir()
    assert called("phantom", "--studies", "1", "--out", str(tmp_path)).code == 2
    assert called("phantom", "--studies", "0", "--out", str(tmp_path / "new")).code == 2
