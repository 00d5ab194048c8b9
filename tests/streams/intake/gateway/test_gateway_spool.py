"""The spool: durable before it returns, each instance once, closed to others, and no name that tells who it is."""

from __future__ import annotations

import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydicom import dcmread

from streams.intake.gateway.errors import SpoolFull
from streams.intake.gateway.names import SpoolNames
from streams.intake.gateway.spool import Spool
from tests.streams.intake.gateway.dicom_samples import IDENTIFIERS, REPORT, Sample

KEY = b"a key of sixteen bytes or more"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", SpoolNames(KEY))


def _files(spool: Spool) -> list[Path]:
    return [path for path in sorted(spool.root.rglob("*")) if path.is_file() and path != spool.lock]


def test_an_accepted_instance_is_a_file_of_its_bytes_that_only_its_owner_may_read(spool: Spool) -> None:
    content = Sample().content()
    accepted = spool.accept(content)
    [file] = _files(spool)
    assert (accepted.new, file.stem, file.parent.name) == (True, accepted.id, accepted.study)
    assert file.read_bytes() == content
    for path in (spool.root, *spool.root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o755)
    assert stat.S_IMODE(Spool(tmp_path / "spool", SpoolNames(KEY)).root.stat().st_mode) == 0o700


def test_no_name_on_disk_tells_an_identifier(spool: Spool) -> None:
    study = spool.accept(Sample().content()).study
    spool.accept_report(study, REPORT)
    spool.accept(b"Mustermann")
    names = "\n".join(str(path) for path in spool.root.rglob("*"))
    assert not [one for one in IDENTIFIERS if one in names]
    assert "key" not in repr(spool.names)


def test_names_hang_on_the_key_and_on_nothing_else(tmp_path: Path) -> None:
    content = Sample().content()
    one, same, other = (
        Spool(tmp_path / name, SpoolNames(key)).accept(content)
        for name, key in (("a", KEY), ("b", KEY), ("c", KEY[::-1]))
    )
    assert one == same
    assert other.study != one.study
    assert other.id != one.id


def test_the_same_instance_from_two_associations_at_once_is_one_file(spool: Spool) -> None:
    contents = [Sample(number=number).content() for number in range(1, 9)] * 4
    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(spool.accept, contents))
    assert len({one.id for one in accepted}) == len(_files(spool)) == 8
    assert not list((spool.root / "incoming").iterdir())


def test_a_sender_that_makes_another_file_meta_sends_the_same_instance(spool: Spool) -> None:
    first = spool.accept(Sample().content())
    dataset = Sample().dataset()
    dataset.file_meta.SourceApplicationEntityTitle = "NORDSTERN"
    dataset.save_as(spool.root / "again", enforce_file_format=True)
    content = (spool.root / "again").read_bytes()
    (spool.root / "again").unlink()
    assert spool.accept(content) == first._replace(new=False)


def test_other_bytes_of_a_uid_lie_beside_the_first_in_the_order_they_came(spool: Spool) -> None:
    first, second = spool.accept(Sample().content()), spool.accept(Sample(value=9).content())
    assert first.id.partition("-")[0] == second.id.partition("-")[0]
    waiting = spool.waiting(first.study)
    assert waiting is not None
    assert [path.stem for path in waiting.instances] == [first.id, second.id]


def test_a_disk_below_its_watermark_refuses_and_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "spool", SpoolNames(KEY), min_free_mb=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10 * 2**20 - 1))
    with pytest.raises(SpoolFull, match="below its watermark"):
        spool.accept(Sample().content())
    assert _files(spool) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10 * 2**20))
    assert spool.accept(Sample().content()).new


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_is_not_acknowledged_and_leaves_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", fails) if step == "fsync" else (Path, "replace", fails)))
    with pytest.raises(SpoolFull, match="No space left"):
        spool.accept(Sample().content())
    monkeypatch.undo()
    assert _files(spool) == []


def test_bytes_and_the_names_of_their_folders_are_synced_before_it_returns(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().suffix or "folder")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    content = Sample().content()
    spool.accept(content)
    assert synced == [".part", "folder", "folder"]
    synced.clear()
    assert not spool.accept(content).new
    assert synced == ["folder"], "another thread may have renamed it a moment ago"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\0" * 128 + b"DICM"])
def test_what_tells_no_study_is_a_stray(spool: Spool, content: bytes) -> None:
    accepted = spool.accept(content)
    assert (accepted.study, accepted.new) == ("", True)
    assert [path.stem for path in spool.strays()] == [accepted.id]
    assert spool.studies() == []


def test_what_came_while_a_study_was_assembled_stays(spool: Spool) -> None:
    study = spool.accept(Sample(number=1).content()).study
    spool.complete(study)
    waiting = spool.waiting(study)
    assert waiting is not None
    assert waiting.complete
    late = spool.accept(Sample(number=2).content())
    spool.remove(waiting)
    left = spool.waiting(study)
    assert left is not None
    assert ([path.stem for path in left.instances], left.complete) == ([late.id], False)
    spool.remove(left)
    assert (spool.waiting(study), spool.studies()) == (None, [])


def test_a_folder_emptied_in_the_middle_of_a_write_costs_nothing(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    real, emptied = Path.replace, []

    def replace_late(path: Path, target: Path) -> Path:
        if not emptied:
            emptied.append(target.parent.rmdir())
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace_late)
    accepted = spool.accept(Sample().content())
    assert emptied
    assert [path.stem for path in _files(spool)] == [accepted.id]


def test_what_a_killed_writer_left_is_swept_once_nobody_writes_it(spool: Spool) -> None:
    old, young = (spool.root / "incoming" / name for name in ("old.part", "young.part"))
    for part in (old, young):
        part.write_bytes(b"Mustermann")
    os.utime(old, (0, 0))
    spool.sweep()
    assert (old.exists(), young.exists()) == (False, True)


def test_a_quarantined_original_is_kept_and_may_be_put_back(spool: Spool) -> None:
    accepted = spool.accept(Sample().content())
    waiting = spool.waiting(accepted.study)
    assert waiting is not None
    spool.set_aside(waiting.instances[0])
    assert [path.stem for path in spool.quarantine.iterdir()] == [accepted.id]
    assert spool.put_back(accepted.id, accepted.study)
    assert not spool.put_back(accepted.id, accepted.study)
    assert spool.waiting(accepted.study) == waiting


def test_the_last_report_comes_last(spool: Spool) -> None:
    study = spool.accept(Sample().content()).study
    for number, text in enumerate(("first", "second")):
        accepted = spool.accept_report(study, text)
        os.utime(spool.root / "studies" / study / f"{accepted.id}.txt", (number, number))
    waiting = spool.waiting(study)
    assert waiting is not None
    assert [path.read_text() for path in waiting.reports] == ["first", "second"]


def test_the_keys_of_a_study_are_read_from_one_of_its_instances(spool: Spool) -> None:
    study = spool.accept(replace(Sample(), accession="ACC-1").content()).study
    keys = spool.first_keys(study)
    assert keys is not None
    assert (keys.accession, keys.patient_id) == ("ACC-1", "PID-774411")
    assert spool.first_keys("none") is None
    assert dcmread(next(iter(_files(spool)))).AccessionNumber == "ACC-1"
