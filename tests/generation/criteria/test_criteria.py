"""Criteria files: the packaged one is usable, a broken one is refused with file, id and what to do."""

from __future__ import annotations

import re

import pytest

from generation.checks import check_names
from generation.criteria import Severity, load_criteria, read_criteria
from generation.errors import VocabularyError
from generation.items import Kind
from generation.sources import Language

HAN = re.compile("[\u4e00-\u9fff]")
GOOD = """
name: mcq
version: "1"
criteria:
  - id: clear
    version: "1"
    severity: hold
    judged_by: model
    text: {en: The question is clear., zh: 问题是清楚的。}
  - id: cited
    version: "2"
    severity: note
    judged_by: check:citations
    text: {en: The answer is cited., zh: 答案有引用。}
"""


@pytest.mark.parametrize("kind", list(Kind))
def test_packaged_criteria_are_usable(kind: Kind) -> None:
    criteria = load_criteria(kind)
    assert criteria.label == f"{kind}@{criteria.version}"
    assert {criterion.check for criterion in criteria.criteria} - {None} <= set(check_names())
    assert criteria.judged_by_model()
    for criterion in criteria.criteria:
        assert HAN.search(criterion.text.of(Language.ZH))
        assert not HAN.search(criterion.text.of(Language.EN))


def test_every_kind_holds_what_is_not_grounded() -> None:
    held = [{c.check for c in load_criteria(kind).criteria if c.severity is Severity.HOLD} for kind in Kind]
    assert all({"levels", "sides", "citations"} <= checks for checks in held)


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
        (
            GOOD.replace("name: mcq", "name: report").replace("check:citations", "check:giveaway"),
            "'giveaway' of report",
        ),
        (GOOD.replace("id: cited", "id: clear"), "given twice: clear"),
        (GOOD.replace("en: The answer is cited.", "en: short"), "criterion cited: text.en"),
        (GOOD.replace(", zh: 答案有引用。", ""), "criterion cited: text.zh"),
    ],
)
def test_broken_criteria_are_refused_with_their_place(text: str, says: str) -> None:
    with pytest.raises(VocabularyError, match=says) as error:
        read_criteria(text, "criteria/mcq.yaml")
    assert "criteria/mcq.yaml" in str(error.value)


def test_unknown_criteria_name_those_there_are() -> None:
    with pytest.raises(VocabularyError, match="known: consultation, mcq"):
        load_criteria("essay")
