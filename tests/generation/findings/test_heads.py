"""Where forms may begin, and that nothing is tried elsewhere."""

from __future__ import annotations

import re

import pytest

from generation.errors import VocabularyError
from generation.findings.heads import head, heads

TRIED = heads({"di": 1, "mo": 2, "椎": 3}, ["mo"])


def test_a_form_begins_with_two_letters_or_a_character() -> None:
    assert [head(form) for form in ("Disc bulge", "Modic改变", "椎间盘膨出")] == ["di", "mo", "椎"]
    with pytest.raises(VocabularyError, match="'L5 slip'"):
        head("L5 slip")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A disc and a Disc", [(2, 1), (13, 1)]),
        ("indisposed", []),
        ("L4disc", [(2, 1)]),
        ("modic, amodic", [(0, 2)]),
        ("椎间盘amodic disc", [(0, 3), (4, 2), (10, 1)]),
        ("", []),
    ],
)
def test_places(text: str, expected: list[tuple[int, int]]) -> None:
    assert TRIED.places(text) == expected
    for start, _ in expected:
        assert re.match(r"di|mo|椎", text[start:], re.IGNORECASE)
