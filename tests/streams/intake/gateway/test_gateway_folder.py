"""Folders of studies: told from documents, matched with their reports, removed only once they are durable."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from streams.intake.gateway.errors import SpoolFull
from streams.intake.gateway.finding import StudyFolder, find_studies, study_of
from streams.intake.gateway.folder import WatchedFolder, bring, matched
from streams.intake.gateway.names import SpoolNames
from streams.intake.gateway.spool import Spool, Waiting
from tests.streams.intake.gateway.dicom_samples import IDENTIFIERS, REPORT, Sample, write_study

LONG_AGO = 1_600_000_000


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", SpoolNames(b"a key of sixteen bytes or more"))


@pytest.fixture
def watched(tmp_path: Path, spool: Spool) -> WatchedFolder:
    (tmp_path / "watch").mkdir()
    return WatchedFolder(tmp_path / "watch", spool, stable_seconds=60, max_instance_mb=1)


def _lying(spool: Spool) -> list[Waiting]:
    return [one for one in map(spool.waiting, spool.studies()) if one is not None]


def _age(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (LONG_AGO, LONG_AGO))


def test_a_folder_with_dicom_is_a_study_and_documents_beside_it_are_not(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "Erika")
    (tmp_path / "in" / "guide.md").write_text("# Discs")
    (tmp_path / "in" / "Erika" / "letter.pdf").write_bytes(b"%PDF")
    (tmp_path / "in" / "Erika" / "scans" / "late").mkdir(parents=True)
    (tmp_path / "in" / "Erika" / "scans" / "late" / "note.md").write_text("of the patient")
    [study] = find_studies([tmp_path / "in"])
    assert (study.folder.name, len(study.instances), study.report) == ("Erika", 3, study.folder / "report.txt")
    assert [path.name for path in study.others] == ["letter.pdf", "note.md"], "no document among a patient's files"


def test_series_in_folders_of_their_own_are_of_the_report_above_them(tmp_path: Path) -> None:
    for name in ("s1", "s2"):
        write_study(tmp_path / "in" / "one" / name, 1, report=None)
    (tmp_path / "in" / "one" / "report.txt").write_text(REPORT)
    write_study(tmp_path / "in" / "two", 1)
    found = {study.folder.name: study for study in find_studies([tmp_path / "in"])}
    assert {name: len(study.instances) for name, study in found.items()} == {"one": 2, "two": 1}
    assert all(study.report is not None and not study.others for study in found.values())


def test_a_report_that_lost_its_images_is_no_document_where_studies_are(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "one", 1)
    (tmp_path / "in" / "two").mkdir()
    (tmp_path / "in" / "two" / "Report.txt").write_text(REPORT)
    found = {study.folder.name: len(study.instances) for study in find_studies([tmp_path / "in"])}
    assert found == {"one": 1, "two": 0}
    assert find_studies([tmp_path / "in" / "two"]) == [], "by itself it is a document of whoever gives it"


def test_links_among_a_patients_files_are_left_and_counted(tmp_path: Path, spool: Spool) -> None:
    folder = write_study(tmp_path / "one", 1)
    (folder / "linked.dcm").symlink_to(folder / "Mustermann-1.dcm")
    [study] = find_studies([folder])
    (tmp_path / "elsewhere.md").write_text("of nobody")
    (folder / "out.md").symlink_to(tmp_path / "elsewhere.md")
    assert study.holds(folder / "linked.dcm")
    assert study.holds(folder / "out.md")
    assert study.holds(Path(os.path.relpath(folder)) / "letter.md"), "however it is spelt"
    assert not study.holds(tmp_path / "elsewhere.md")
    brought = bring(study, spool, 1)
    assert (brought.instances, brought.left) == (1, 1)


def test_dicom_is_told_by_its_magic_and_a_file_given_itself_counts_once(tmp_path: Path) -> None:
    place = tmp_path / "IM0001"
    place.write_bytes(Sample().content())
    assert [one.instances for one in find_studies([place, place])] == [[place]]
    (tmp_path / "plain.txt").write_text("no study")
    assert find_studies([tmp_path / "plain.txt"]) == []


def test_a_folder_is_brought_whole_and_stays_where_it_is(tmp_path: Path, spool: Spool) -> None:
    folder = write_study(tmp_path / "Erika")
    (folder / "letter.pdf").write_bytes(b"%PDF")
    (folder / "huge.dcm").write_bytes(b"\0" * (2**20 + 1))
    brought = bring(study_of(folder), spool, max_instance_mb=1)
    [waiting] = _lying(spool)
    assert (brought.studies, brought.instances, brought.strays, brought.left) == ([waiting.study], 3, 1, 1)
    assert (len(waiting.instances), waiting.reports[0].read_text(), waiting.complete) == (3, REPORT, False)
    assert len(list(folder.iterdir())) == 6


def test_a_report_beside_two_studies_goes_to_the_one_whose_accession_it_names(tmp_path: Path, spool: Spool) -> None:
    folder = write_study(tmp_path / "both", 1)
    (folder / "other.dcm").write_bytes(replace(Sample(), study="8", accession="ACC-90918").content())
    bring(study_of(folder), spool, 1)
    assert sorted(len(one.reports) for one in _lying(spool)) == [0, 1]
    mine = spool.names.study("1.2.826.0.1.3680043.8.498.7")
    assert [one.study for one in _lying(spool) if one.reports] == [mine]


@pytest.mark.parametrize("content", [b"It names nobody.", b"ACC-90917 \xff"])
def test_a_report_of_nobody_or_in_no_encoding_is_a_stray(tmp_path: Path, spool: Spool, content: bytes) -> None:
    spool.accept(Sample().content())
    (tmp_path / "report.txt").write_bytes(content)
    brought = bring(StudyFolder(tmp_path, report=tmp_path / "report.txt"), spool, 1)
    assert (brought.strays, [path.read_bytes() for path in spool.strays()]) == (1, [content])


@given(number=some.from_regex(r"[A-Z0-9][A-Z0-9\-]{3,14}", fullmatch=True), around=some.sampled_from("A7_é腰"))
def test_an_accession_is_matched_as_a_whole_word_of_one_study(number: str, around: str) -> None:
    assert matched(f"Accession: {number}.", {"a": number, "b": number + "X"}) == "a"
    assert matched(f"Accession: {around}{number}", {"a": number}) is None
    assert matched(f"{number} {number}", {"a": number, "b": number}) is None
    assert matched(number[:3], {"a": number[:3]}) is None, "so short a number is found in any text"


def test_a_marked_subfolder_is_taken_at_once_and_gone_afterwards(
    tmp_path: Path, spool: Spool, watched: WatchedFolder
) -> None:
    folder = write_study(tmp_path / "watch" / "Mustermann, Erika")
    assert watched.take() == 0, "it may still be written to"
    (folder / ".complete").touch()
    assert watched.take() == 3
    [waiting] = _lying(spool)
    assert (len(waiting.instances), len(waiting.reports), waiting.complete) == (3, 1, True)
    assert list((tmp_path / "watch").iterdir()) == []


def test_a_subfolder_in_which_nothing_changes_any_more_is_taken(
    tmp_path: Path, spool: Spool, watched: WatchedFolder
) -> None:
    _age(write_study(tmp_path / "watch" / "old"))
    fresh = write_study(tmp_path / "watch" / "fresh", 1, sample=Sample(study="8"))
    _age(fresh)
    (fresh / "IM2").write_bytes(Sample(study="8", number=2).content())
    assert watched.take() == 3
    assert [path.name for path in (tmp_path / "watch").iterdir()] == ["fresh"]


def test_loose_files_wait_for_the_quiet_period_of_their_study(
    tmp_path: Path, spool: Spool, watched: WatchedFolder
) -> None:
    (tmp_path / "watch" / "IM1").write_bytes(Sample().content())
    (tmp_path / "watch" / "report.txt").write_text(REPORT)
    (tmp_path / "watch" / "readme.pdf").write_bytes(b"somebody's")
    _age(tmp_path / "watch")
    assert watched.take() == 1
    [waiting] = _lying(spool)
    assert (len(waiting.instances), len(waiting.reports), waiting.complete) == (1, 1, False)
    assert [path.name for path in (tmp_path / "watch").iterdir()] == ["readme.pdf"]


def test_nothing_is_removed_that_the_spool_did_not_take(
    tmp_path: Path, spool: Spool, watched: WatchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_study(tmp_path / "watch" / "Erika")
    (folder / ".complete").touch()
    monkeypatch.setattr(spool, "room", lambda: len(list((spool.root / "studies").glob("*/*.dcm"))) < 2)
    with pytest.raises(SpoolFull):
        watched.take()
    assert len(list(folder.iterdir())) == 5
    monkeypatch.undo()
    assert watched.take() == 3
    assert [len(one.instances) for one in _lying(spool)] == [3]


def test_a_file_that_is_left_is_told_once_and_not_by_its_name(
    tmp_path: Path, watched: WatchedFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_study(tmp_path / "watch" / "Mustermann-Erika", 1)
    (folder / "PID-774411.dcm").write_bytes(b"\0" * (2**20 + 1))
    (folder / ".complete").touch()
    with caplog.at_level(logging.DEBUG):
        assert (watched.take(), watched.take()) == (1, 0)
    assert [record.getMessage() for record in caplog.records] == [
        "1 files of the watched folder stay there: too large, links, or they cannot be read"
    ]
    assert not [one for one in IDENTIFIERS if one in caplog.text]
    assert [path.name for path in folder.glob("*.dcm")] == ["PID-774411.dcm"]
