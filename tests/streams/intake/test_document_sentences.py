"""Where sentences end: a table of cases, `|` marking each end."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.intake.documents.sentences import is_chinese, sentence_spans

CASES = [
    "The disc bulges.| The root is free.",
    "The disc bulges at L4/L5.| It is mild.",
    "There is a slip at L4.| Next comes the sacrum.",
    "The slip measures 4.5 mm at L5.| It is stable.",
    "A slip of .5 mm is noise.| Ignore it.",
    "See Fig. 3 for the level.| Then read on.",
    "See Figs. 3 and 4.| Then read on.",
    "See Fig. 3.| Then read on.",
    "Some signs, e.g. weakness, come late.| They matter.",
    "Some signs (e.g. Hoffmann's) come late.| They matter.",
    "The fragment, i.e. T2-bright material, has moved.| It was removed.",
    "Dr. Any said so.| He was right.",
    "Prof. Any and Mrs. Any agreed.| So did all.",
    "Right vs. Left was compared.| No difference was seen.",
    "It took approx. 5 days.| Then it was over.",
    "Smith et al. (2019) found it.| Others did not.",
    "Smith et al. [12] found it.| Others did not.",
    "It was described by Smith et al.| The authors agreed.",
    "Strength was 4/5 on the left.| Reflexes were normal.",
    "Strength was 4/5.| 5/5 was reached later.",
    "The grade was I.| The Modic change was type II.",
    "It was a grade I.| The slip was stable.",
    "It was graded Pfirrmann V.| The disc was black.",
    "The cord injury was ASIA C.| Surgery followed.",
    "J. Smith read the films.| She was sure.",
    "The S1 root was met.| T2-weighted images show it.",
    "No. 5 was the narrowest.| The rest were wide.",
    "Was there a fracture? No.| The wall was intact.".replace("? ", "?| "),
    "1. Count the vertebrae.| 2. Name the level.",
    "a. Count the vertebrae.| b. Name the level.",
    "(iii). Count the vertebrae.| Name the level.",
    "The canal narrowed by 2.| The recess did not.",
    "Is it new?| It is old!| Good.",
    "“Is it new?” she asked.| Nobody knew.",
    'He said "it hurts."| Then he sat down.',
    "He said “it hurts.”| Then he sat down.",
    "(It was seen on one side.)| The other was free.",
    "It was seen (on one side).| The other was free.",
    "It was seen [see ref. 3].| The other was free.",
    "It was **seen.**| The other was free.",
    "It was seen.| *The other* was free.",
    "It was seen.| “The other” was free.",
    "It was seen.| (The other was free.)",
    "The pain went... and came back.| It stayed.",
    "The pain went...| It came back.",
    "It shrank.[3]| The root was free.",
    "It shrank.[3,4] |The root was free.",
    "It shrank after surgery.12| Others agree.",
    "He came at 9 a.m. and left at noon.| The rest waited.",
    "Read https://example.org/a.b?c=d first.| Then go on.",
    "Version 2.0.1 was used.| It worked.",
    "The line\nis broken here.| The next\nis too.",
    "It costs 5 p. a page.| Next.",
    "The T12. vertebra is wedged.| So is L1.",
    "Levels L3, L4 and L5: all normal; none narrowed.| Good.",
    "No end here",
    "Normal sagittal balance (SVA 3.2 cm).| PI was 55 deg.| LL was 50 deg.",
    "Loss of height was approx. 30 %.| No retropulsion.",
    "The C5/C6 disc (cf. Fig. 2) bulges.| Next.",
    "腰4/5椎间盘向左后突出。|硬膜囊受压。|",
    "患者问：“会好吗？”|医生说会。|",
    "L4/L5椎间盘突出；|L5/S1椎间盘膨出。|",
    "椎管狭窄（中度）。|无骨折！|",
    "（见图3。）|椎体高度4.5 mm，未见异常。|",
    "椎间盘突出.|神经根受压.|",
    "L4椎体前滑脱I度。| T2 signal is normal.",
]


@pytest.mark.parametrize("case", CASES)
def test_sentences_end_where_a_reader_ends_them(case: str) -> None:
    text = case.replace("|", "")
    expected = [part.strip() for part in case.split("|") if part.strip()]
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


def test_there_are_enough_cases() -> None:
    assert len(set(CASES)) >= 50


def test_marks_alone_are_no_sentence() -> None:
    assert sentence_spans("*** --- ...") == []
    assert sentence_spans("") == []


WORD = st.sampled_from(
    ["disc", "L4", "L4/L5", "T2-weighted", "4.5", "mm", "(left)", "“root”", "e.g.", "Fig.", "椎管", "狭窄"]
)
MARK = st.sampled_from([". ", "! ", "? ", "。", "；", ".\n", "... ", ".) ", ", ", " "])
PROSE = st.lists(st.tuples(WORD, MARK), max_size=40).map(lambda pairs: "".join(word + mark for word, mark in pairs))


@given(st.one_of(PROSE, st.text(max_size=200)))
def test_spans_are_trimmed_ordered_and_leave_out_no_word(text: str) -> None:
    at = 0
    for start, end in sentence_spans(text):
        assert at <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert not any(character.isalnum() for character in text[at:start])
        at = end
    assert not any(character.isalnum() for character in text[at:])


def test_a_long_text_is_split_in_linear_time() -> None:
    started = time.perf_counter()
    sentence_spans("e.g. " * 40_000)
    sentence_spans("." * 200_000)
    sentence_spans("(" * 200_000 + ".")
    sentence_spans("The disc bulges. " * 20_000)
    assert time.perf_counter() - started < 5


def test_language_is_told_by_the_letters() -> None:
    assert is_chinese("L4/L5椎间盘突出，压迫硬膜囊。MRI T2 signal")
    assert not is_chinese("The disc (椎间盘) bulges at L4/L5.")
    assert not is_chinese("123")
