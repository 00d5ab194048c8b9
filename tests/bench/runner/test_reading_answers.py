"""What becomes of an engine's words: the likeliest option by byte, a written one, or a fault with its name."""

from __future__ import annotations

import math

import orjson
import pytest

from actors.engines.errors import RequestFailed
from actors.engines.scoring import OptionScore
from bench.items import BenchOption
from bench.runner import with_model
from generation.requests import Candidate
from tests.bench.items.examples import item

ITEM = item(2)


def _scores(*sums: float) -> tuple[OptionScore, ...]:
    return tuple(OptionScore(one, 5) for one in sums)


def test_the_likeliest_option_is_the_answer() -> None:
    found = with_model._likeliest(ITEM, _scores(-9.0, -8.0, -2.0, -7.0))
    assert (found.option, found.scores, found.fault) == ("C", (-9.0, -8.0, -2.0, -7.0), "")


def test_a_longer_option_is_not_worse_for_its_length() -> None:
    options = (BenchOption(id="A", text="Bulge"), BenchOption(id="B", text="Bulge of the disc at L4/L5"))
    made = item(2, options=options, answer="B")
    assert with_model._likeliest(made, _scores(-4.0, -6.0)).option == "B"


def test_of_two_alike_the_first_counts() -> None:
    assert with_model._likeliest(ITEM, _scores(-2.0, -2.0, -2.0, -2.0)).option == "A"


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_weights_that_are_broken_give_no_answer(broken: float) -> None:
    found = with_model._likeliest(ITEM, _scores(-1.0, broken, -3.0, -4.0))
    assert (found.option, found.fault) == (None, "not-finite")


def test_a_question_that_is_too_long_gives_no_answer() -> None:
    failed = RequestFailed("prompt-too-long", "item-0002: too long")
    for found in (with_model._likeliest(ITEM, failed), with_model._chosen(ITEM, failed)):
        assert (found.option, found.fault) == (None, "prompt-too-long")


@pytest.mark.parametrize(
    ("text", "finish", "option", "fault"),
    [
        (orjson.dumps({"answer": "Disc bulge at L4/L5"}).decode(), "stop", "C", ""),
        ('{"answer": "Disc bul', "length", None, "cut-off"),
        ("Disc bulge at L4/L5", "stop", None, "not-an-option"),
        ('{"answer": "Disc bulge at T1/T2"}', "stop", None, "not-an-option"),
        ('["answer"]', "stop", None, "not-an-option"),
    ],
)
def test_a_written_answer_is_an_option_or_a_fault(text: str, finish: str, option: str | None, fault: str) -> None:
    found = with_model._chosen(ITEM, Candidate(text=text, finish=finish, output_tokens=9))
    assert (found.option, found.fault) == (option, fault)


def test_a_constrained_answer_can_be_an_option_only() -> None:
    request = with_model._request(ITEM)
    assert request.answer_schema["properties"]["answer"]["enum"] == [option.text for option in ITEM.options]
    assert request.turns[0].text == ITEM.prompt()
    assert request.temperature == 0
