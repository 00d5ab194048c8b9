"""What a reader is shown: the beginning and some of the rest, in the order of the text, bounded whatever comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from reading_samples import document

from generation.reading import excerpt as ex
from generation.reading.excerpt import cut, excerpt_of, weight


def numbered(count: int) -> list[str]:
    return [f"Sentence {number} of the text." for number in range(count)]


def test_a_short_document_is_shown_whole() -> None:
    assert excerpt_of(document(numbered(5))) == (("The lumbar spine",), tuple(numbered(5)))


def test_of_a_long_one_the_beginning_and_sentences_up_to_its_end_are_shown() -> None:
    shown = excerpt_of(document(numbered(1000))).sentences
    numbers = [int(text.split()[1]) for text in shown]
    assert numbers[: ex.FIRST] == [0, 1, 2]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 999
    assert len(numbers) == ex.FIRST + ex.SPREAD
    gaps = [b - a for a, b in zip(numbers[ex.FIRST :], numbers[ex.FIRST + 1 :], strict=False)]
    assert max(gaps) - min(gaps) <= 1, "at even distances"


def test_headings_are_shown_once_each_and_spread() -> None:
    names = tuple(f"Chapter {number}" for number in range(300))
    shown = excerpt_of(document(numbered(900), names)).headings
    assert len(shown) == len(set(shown)) == ex.SPREAD + 1
    assert len(excerpt_of(document(numbered(9), ("A", "B"))).headings) == 2
    assert excerpt_of(document(numbered(9), ())).headings == ()


def test_a_document_without_sentences_shows_none() -> None:
    assert excerpt_of(document([])) == ((), ())


def test_chinese_weighs_more_than_english() -> None:
    assert weight("disc") == 1
    assert weight("椎间盘") == 6


def test_what_is_too_long_is_cut_and_made_one_line() -> None:
    assert cut("one\n two", 60) == "one two"
    assert cut("椎" * 99, 10) == "椎" * 5
    assert cut("", 10) == ""


@given(st.text(), st.integers(min_value=0, max_value=80))
def test_what_is_cut_is_the_beginning_and_weighs_no_more(text: str, tokens: int) -> None:
    short = cut(text, tokens)
    assert weight(short) <= tokens
    assert " ".join(text.split()).startswith(short)


@given(
    st.lists(st.text(min_size=1, max_size=400), max_size=40),
    st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=12),
)
def test_whatever_the_document_what_is_shown_is_bounded(sentences: list[str], headings: list[str]) -> None:
    shown = excerpt_of(document(sentences, tuple(headings)))
    assert sum(map(weight, shown.sentences)) <= ex.EXCERPT_TOKENS
    assert sum(map(weight, shown.headings)) <= ex.HEADING_TOKENS
