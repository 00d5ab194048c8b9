"""What is asked of a source, before and after its split has told its language."""

from __future__ import annotations

from typing import Any

from generation.items import Kind
from generation.sources import Language
from streams.payloads import Wanted
from streams.wanted import beyond, resolved, wanted_of

OWN = Wanted(kind=Kind.MCQ)
EN = Wanted(kind=Kind.MCQ, language=Language.EN)
ZH = Wanted(kind=Kind.MCQ, language=Language.ZH)
REPORT = Wanted(kind=Kind.REPORT)


def _document(*wanted: Wanted, language: str | None = None) -> dict[str, Any]:
    split = {"split_into": {"document": "0" * 64, "passages": 1, "language": language}} if language else {}
    return {"_id": "v", "wanted": [one.model_dump(mode="json") for one in wanted], **split}


def test_a_pair_without_a_language_is_in_the_source_s_own_and_counts_once() -> None:
    assert resolved((OWN, EN), Language.EN) == (EN,)
    assert resolved((OWN, EN), Language.ZH) == (ZH, EN)
    assert resolved((), Language.ZH) == ()


def test_a_document_wants_what_its_split_makes_of_it() -> None:
    assert wanted_of(_document(OWN, EN)) == (OWN, EN)
    assert wanted_of(_document(OWN, EN, language="en")) == (EN,)


def test_only_pairs_that_were_not_wanted_are_more() -> None:
    assert beyond(_document(OWN), (OWN, REPORT, REPORT)) == (REPORT,)
    assert beyond(_document(OWN, language="en"), (EN,)) == ()
    assert beyond(_document(OWN, language="zh"), (EN, OWN)) == (EN,)
    assert beyond(_document(EN), (OWN,)) == (OWN,), "its language is not known yet: the split makes one of both"


def test_events_of_the_last_release_name_their_language() -> None:
    assert Wanted.model_validate({"kind": "mcq", "language": "en"}) == EN
