"""What changed between two wordings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review_bridge.words import Change, word_changes

TEXTS = st.text(alphabet="ab L4/5椎间盘\n.", max_size=40)


@given(old=TEXTS, new=TEXTS)
def test_both_wordings_can_be_read_from_it(old: str, new: str) -> None:
    pieces = word_changes(old, new)
    assert "".join(one.text for one in pieces if one.change is not Change.GAINED) == old
    assert "".join(one.text for one in pieces if one.change is not Change.LOST) == new
    assert all(one.text for one in pieces)


def test_words_and_not_letters_are_compared() -> None:
    told = [(one.change.value, one.text) for one in word_changes("At L4/L5 a disc", "At L5/S1 a disc bulge")]
    assert told == [
        ("same", "At "),
        ("lost", "L4/L5"),
        ("gained", "L5/S1"),
        ("same", " a disc"),
        ("gained", " bulge"),
    ]


def test_a_character_of_chinese_is_a_word() -> None:
    assert [one.text for one in word_changes("腰椎间盘", "颈椎间盘")] == ["腰", "颈", "椎间盘"]
