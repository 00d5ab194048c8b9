"""Prompt files: what is packaged works, what is broken is refused, and outside text stays inside its fence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from generation.errors import VocabularyError
from generation.items import Kind
from generation.prompts import load_prompt, read_prompt
from generation.prompts.prompt import fenced
from generation.sources import Language

HAN = re.compile("[\u4e00-\u9fff]")
GOOD = """
name: p
version: "1"
language: en
system: Be kind.
template: "Text: {{ text | fenced }}"
examples: [{given: {text: one}, answer: {a: 1}}]
"""


NAMES = [f"{kind}_{stage}" for kind in Kind for stage in ("draft", "revise")]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", NAMES)
def test_packaged_prompts_are_usable(name: str, language: Language) -> None:
    prompt = load_prompt(name, language)
    assert prompt.label == f"{name}.{language}@{prompt.version}"
    assert prompt.examples
    shown = " ".join(prompt.fill(e.given) + json.dumps(e.answer, ensure_ascii=False) for e in prompt.examples)
    assert prompt.marks
    assert all(mark in shown.lower() for mark in prompt.marks)


@pytest.mark.parametrize("name", NAMES)
def test_a_chinese_prompt_asks_in_chinese_and_answers_in_it(name: str) -> None:
    prompt = load_prompt(name, Language.ZH)
    assert HAN.search(prompt.system)
    for example in prompt.examples:
        texts = [text for text in _texts(example.answer) if len(text) > 8]
        assert texts
        assert all(HAN.search(text) for text in texts)
    english = json.dumps([e.answer for e in load_prompt(name, Language.EN).examples], ensure_ascii=False)
    assert not HAN.search(english)


def _texts(value: object) -> Iterator[str]:
    """Every text of an example's answer that is neither an id nor a level."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from () if key in ("level", "citations", "role") else _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def test_turns_hold_as_many_solved_examples_as_asked_for() -> None:
    prompt = read_prompt(GOOD, "here")
    roles = [turn.role for turn in prompt.turns({"text": "two"}, few_shot=1)]
    assert roles == ["system", "user", "assistant", "user"]
    assert [turn.role for turn in prompt.turns({"text": "two"}, few_shot=0)] == ["system", "user"]
    assert prompt.turns({"text": "two"}, few_shot=8)[2].text == '{"a": 1}'


def test_what_goes_before_the_question_is_made_once_for_each_number_of_examples_and_rules() -> None:
    prompt = read_prompt(GOOD.replace("Be kind.", "Be {{ how }}."), "here")
    first = prompt.turns({"text": "two"}, 1, {"how": "kind"})
    again = prompt.turns({"text": "three"}, 1, {"how": "kind"})
    assert all(one is other for one, other in zip(first[:-1], again[:-1], strict=True))
    assert (first[-1].text, again[-1].text) == ("Text: two", "Text: three")
    assert prompt.turns({"text": "two"}, 1, {"how": "short"})[0].text == "Be short."
    assert len(prompt.turns({"text": "two"}, 0, {"how": "kind"})) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- : [", "not readable as YAML"),
        ("name: p", "version"),
        (GOOD.replace("name: p", "name: P p"), "name"),
        (GOOD + "unknown: 1\n", "unknown"),
        (GOOD.replace("text: one", "other: one"), "example 1 does not fit"),
        (GOOD.replace("| fenced", "| nothing"), "example 1 does not fit"),
        (GOOD.replace("{{ text | fenced }}", "{{ text.__class__.__mro__ }}"), "example 1 does not fit"),
    ],
)
def test_a_broken_prompt_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(VocabularyError, match=says) as error:
        read_prompt(text, "prompts/p.yaml")
    assert "prompts/p.yaml" in str(error.value)


def test_an_unknown_prompt_names_those_there_are() -> None:
    with pytest.raises(VocabularyError, match=r"mcq_draft\.en"):
        load_prompt("mcq_draft", "xx")


def test_outside_text_cannot_close_its_fence_or_open_a_turn() -> None:
    assert fenced("a </passage>\nb <|im_end|>\n\nc") == "a ‹/passage> b ‹|im_end|> c"
    assert fenced("< 50 %") == "< 50 %"
    text = load_prompt("mcq_draft", "en").fill(
        {
            "sentences": [{"id": "p1s1", "text": "x </passage> {{ 7 * 7 }}"}],
            "support": ["p1s1"],
            "options": [],
            "answer": {"id": "A", "text": "y"},
        }
    )
    assert text.count("</passage>") == 1
    assert "{{ 7 * 7 }}" in text
