"""What repeats what, and what does not."""

from __future__ import annotations

import pytest

from generation.overlap import WORDS, Index, grams, index_of

STATED = "There is a left-sided disc extrusion at L4/L5 with compression of the left L5 nerve root in this patient."
CHINESE = "腰4/5椎间盘向左后方突出，压迫左侧腰5神经根，相应椎管狭窄。"


@pytest.mark.parametrize("text", [STATED, CHINESE])
def test_a_text_overlaps_with_itself_whatever_its_case_and_marks(text: str) -> None:
    index = index_of([text])
    assert index.share(text.upper().replace(",", " ;").replace("，", "")) == 1.0
    assert index.overlaps(text)


def test_chinese_characters_count_one_by_one() -> None:
    assert len(grams(CHINESE)) == len([c for c in CHINESE if c not in "/，。"]) - WORDS + 1


def test_a_share_is_that_of_the_text_and_not_of_the_index() -> None:
    index = index_of([STATED, CHINESE])
    assert index.share(f"{STATED} {' '.join(f'word{n}' for n in range(40))}") < 0.5
    assert index.share("The spine is straight and every disc keeps its height on all images taken today.") == 0.0
    assert index.share("") == 0.0


def test_a_text_shorter_than_a_gram_is_one() -> None:
    assert len(grams("disc bulge")) == 1
    assert index_of(["disc bulge"]).overlaps("Disc bulge.")


def test_the_same_texts_give_the_same_bytes() -> None:
    there, back = index_of([STATED, CHINESE]), index_of([CHINESE, STATED])
    assert there.model_dump_json() == back.model_dump_json()
    assert Index.model_validate_json(there.model_dump_json()) == there
