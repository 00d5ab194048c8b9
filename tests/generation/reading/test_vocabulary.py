"""The vocabulary of readings: the packaged one, one of an operator's own, and broken ones."""

from __future__ import annotations

import pytest
from reading_samples import MINE

from generation.errors import VocabularyError
from generation.reading import packaged_vocabulary, read_vocabulary
from generation.sources import Language


def test_the_packaged_one_has_as_many_of_each_as_the_paper_names() -> None:
    vocabulary = packaged_vocabulary()
    assert (len(vocabulary.specialties), len(vocabulary.conditions)) == (7, 14)
    assert vocabulary.label == f"orthopaedics@{vocabulary.version}"
    assert vocabulary.conditions_of == "spine"


def test_every_entry_is_named_and_told_in_both_languages_each_its_own_way() -> None:
    vocabulary = packaged_vocabulary()
    for entries in (vocabulary.specialties, vocabulary.conditions):
        for language in Language:
            for words in ([one.name.of(language) for one in entries], [one.about.of(language) for one in entries]):
                assert len(set(words)) == len(entries)
        assert all(one.name.en.isascii() for one in entries)
        assert not any(one.name.zh.isascii() for one in entries)


def test_one_of_an_operators_own_is_taken() -> None:
    mine = read_vocabulary(MINE, "mine.yaml")
    assert (mine.label, mine.conditions_of) == ("mine@3", "back")
    assert [one.id for one in mine.specialties] == ["back", "rest"]
    assert hash(mine) == hash(read_vocabulary(MINE, "elsewhere.yaml"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "not readable as YAML"),
        ("- one", "file: "),
        ("name: mine", "version: Field required"),
        (MINE.replace('"3"', '"3 of 4"'), "version: "),
        (MINE.replace("conditions_of: back", "conditions_of: hip"), "conditions_of: 'hip' is no specialty"),
        (MINE.replace("id: rest", "id: back"), "specialties: ids must differ, given twice: back"),
        (MINE.replace("id: bent", "id: none"), "conditions: 'none' says that nothing fits"),
        (MINE.replace("id: bent", "id: Bent"), "conditions, entry Bent: id: "),
        (MINE.replace("about: {en: all other, zh: 其他}", "about: all other"), "specialties, entry rest: about: "),
        (MINE.replace("{en: all other, zh: 其他}", "{en: all other}"), "specialties, entry rest: about: zh: "),
        (MINE + "  - bent\n", "conditions, entry 1: "),
        (MINE + "colour: red\n", "colour: "),
    ],
)
def test_a_broken_one_is_refused_with_file_place_and_what_to_do(text: str, says: str) -> None:
    with pytest.raises(VocabularyError) as raised:
        read_vocabulary(text, "at/mine.yaml")
    message = str(raised.value)
    assert message.startswith("at/mine.yaml: ")
    assert says in message
    assert "correct" in message
    assert "Value error" not in message
