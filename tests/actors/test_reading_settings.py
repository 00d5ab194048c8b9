"""The setting that replaces the vocabulary: a file's content goes with the settings; a bad file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from actors.reading import ReadingSettings
from generation.reading import packaged_vocabulary
from generation.reading.vocabulary import FILE

PACKAGED = Path(__file__).parents[2] / "generation" / "reading" / FILE


def mine(tmp_path: Path) -> Path:
    place = tmp_path / "mine.yaml"
    place.write_text(PACKAGED.read_text("utf-8").replace("name: orthopaedics", "name: mine"), "utf-8")
    return place


def test_without_a_file_the_packaged_one_is_chosen() -> None:
    assert ReadingSettings().chosen == packaged_vocabulary()
    assert ReadingSettings().model_dump() == {"vocabulary": None}


def test_a_file_is_read_once_and_what_it_says_is_kept(tmp_path: Path) -> None:
    place = mine(tmp_path)
    settings = ReadingSettings.model_validate({"vocabulary": str(place)})
    place.unlink()
    again = ReadingSettings.model_validate_json(settings.model_dump_json())
    assert again == settings
    assert again.chosen.label == "mine@1"
    assert again.chosen.conditions == packaged_vocabulary().conditions


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"cannot read .*nowhere\.yaml \(No such file.*\); name a YAML"):
        ReadingSettings.model_validate({"vocabulary": str(tmp_path / "nowhere.yaml")})


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    place = tmp_path / "mine.yaml"
    place.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValidationError, match=r"mine\.yaml \(it is not UTF-8 text\)"):
        ReadingSettings.model_validate({"vocabulary": str(place)})


def test_a_fault_in_a_file_is_told_with_its_place(tmp_path: Path) -> None:
    place = mine(tmp_path)
    place.write_text(place.read_text("utf-8").replace("id: scoliosis", "id: kyphosis"), "utf-8")
    with pytest.raises(ValidationError, match=r"mine\.yaml: conditions: ids must differ, given twice: kyphosis"):
        ReadingSettings.model_validate({"vocabulary": str(place)})
