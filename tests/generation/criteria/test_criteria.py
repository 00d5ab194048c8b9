"""Criteria files: the packaged one is usable, a broken one is refused with file, id and what to do."""

from __future__ import annotations

import pytest

from generation.checks import check_names
from generation.criteria import Severity, load_criteria, read_criteria
from generation.errors import VocabularyError

GOOD = """
name: mcq
version: "1"
criteria:
  - {id: clear, version: "1", severity: hold, judged_by: model, text: The question is clear.}
  - {id: cited, version: "2", severity: note, judged_by: "check:citations", text: The answer is cited.}
"""


def test_packaged_criteria_are_usable() -> None:
    criteria = load_criteria("mcq")
    assert criteria.label == f"mcq@{criteria.version}"
    assert {criterion.check for criterion in criteria.criteria} - {None} <= set(check_names())
    assert criteria.judged_by_model()


def test_criteria_say_who_judges_and_what_follows() -> None:
    criteria = read_criteria(GOOD, "here")
    assert [criterion.check for criterion in criteria.criteria] == [None, "citations"]
    assert [criterion.severity for criterion in criteria.criteria] == [Severity.HOLD, Severity.NOTE]
    assert [criterion.id for criterion in criteria.judged_by_model()] == ["clear"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "not readable as YAML"),
        ("name: mcq", "version"),
        (GOOD.replace("hold", "kill"), "criterion clear: severity"),
        (GOOD.replace("check:citations", "check:magic"), "criterion cited: there is no check 'magic'"),
        (GOOD.replace("id: cited", "id: clear"), "given twice: clear"),
        (GOOD.replace("text: The answer is cited.", "text: short"), "criterion cited: text"),
    ],
)
def test_broken_criteria_are_refused_with_their_place(text: str, says: str) -> None:
    with pytest.raises(VocabularyError, match=says) as error:
        read_criteria(text, "criteria/mcq.yaml")
    assert "criteria/mcq.yaml" in str(error.value)


def test_unknown_criteria_name_those_there_are() -> None:
    with pytest.raises(VocabularyError, match="known: mcq"):
        load_criteria("essay")
