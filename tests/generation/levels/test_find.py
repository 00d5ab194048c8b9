"""Written forms read right, and traps that must give nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from generation.levels import LevelKind, LevelMention, find_levels

HERE = Path(__file__).parent
FORMS: list[tuple[str, str]] = [
    (str(text), reading)
    for group in yaml.safe_load((HERE / "forms.yaml").read_text("utf-8")).values()
    for text, reading in group.items()
]
TRAPS: list[str] = [
    str(text) for group in yaml.safe_load((HERE / "traps.yaml").read_text("utf-8")).values() for text in group
]


def reading(mention: LevelMention) -> str:
    names = "+".join(mention.levels)
    return f"root {names}" if mention.kind is LevelKind.NERVE_ROOT else names


def kind_of(read: str) -> LevelKind:
    if read.startswith("root "):
        return LevelKind.NERVE_ROOT
    if "+" in read:
        return LevelKind.RANGE
    return LevelKind.DISC if "/" in read else LevelKind.VERTEBRA


@pytest.mark.parametrize(("text", "expected"), FORMS, ids=[text for text, _ in FORMS])
def test_form(text: str, expected: str) -> None:
    found = find_levels(text)
    assert "; ".join(reading(mention) for mention in found) == expected
    assert [mention.kind for mention in found] == [kind_of(part) for part in expected.split("; ")]
    assert all(text[mention.start : mention.end] == mention.text for mention in found)


@pytest.mark.parametrize("text", TRAPS)
def test_trap(text: str) -> None:
    assert find_levels(text) == ()


@pytest.mark.parametrize("text", TRAPS)
def test_trap_hides_no_level_beside_it(text: str) -> None:
    found = find_levels(f"The L4/5 disc bulges. {text}")
    assert [mention.levels for mention in found] == [("L4/L5",)]


def test_there_are_enough_of_both() -> None:
    assert len({text for text, _ in FORMS}) >= 230
    assert len(set(TRAPS)) >= 75


def test_words_around_stay_outside() -> None:
    (mention,) = find_levels("seen in MRI at　Ｌ４／Ｌ５ (today)")
    assert (mention.text, mention.start) == ("Ｌ４／Ｌ５", 15)


def test_nothing_in_nothing() -> None:
    assert find_levels("") == ()
