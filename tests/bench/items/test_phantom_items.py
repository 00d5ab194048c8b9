"""Items about phantoms: the answer is true, nothing else is, twins differ in the level, nobody is named."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.items import BenchItem, Origin
from bench.items.from_phantoms import items_of, phantom_items
from bench.items.version import canonical
from generation.findings import states
from generation.ids import digest
from generation.items import Axis, Role
from generation.levels import is_disc
from generation.phantom import PhantomReport, Templates, make_reports
from generation.phantom.report import BENCH, normal_sentences, sentence
from generation.sources import Language

COUNT, SEED = 30, 77


@pytest.fixture(scope="module")
def reports() -> dict[str, PhantomReport]:
    made = make_reports(COUNT, SEED, tuple(Language), Templates.BENCH)
    return {f"phantom-{one.seed}": one for one in made}


@pytest.fixture(scope="module")
def items() -> list[BenchItem]:
    return phantom_items(COUNT, tuple(Language), SEED)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(items: list[BenchItem]) -> None:
    assert digest(canonical(phantom_items(COUNT, tuple(Language), SEED))) == digest(canonical(items))
    assert digest(canonical(phantom_items(COUNT, tuple(Language), SEED + 1))) != digest(canonical(items))


def test_the_first_phantoms_are_the_same_however_many_are_asked_for(items: list[BenchItem]) -> None:
    few = phantom_items(10, tuple(Language), SEED)
    assert few == items[: len(few)]


def test_there_are_items_of_both_axes_and_languages_and_they_are_marked(items: list[BenchItem]) -> None:
    seen = Counter((one.axis, one.language) for one in items)
    asked = {(axis.value, language) for axis in (Axis.LEVEL_IDENTIFICATION, Axis.PATHOLOGY) for language in Language}
    assert set(seen) == asked
    assert min(seen.values()) >= 20
    assert all(one.phantom and one.origin is Origin.PHANTOM and one.template in BENCH for one in items)


def test_ids_are_told_apart(items: list[BenchItem]) -> None:
    assert len({one.id for one in items}) == len(items)


def test_the_answer_is_in_the_truth_and_no_distractor_is(
    items: list[BenchItem], reports: dict[str, PhantomReport]
) -> None:
    for item in (one for one in items if not one.swapped):
        true = {(f.finding, f.level, f.side, f.grade) for f in reports[item.case].truth.findings}
        claims = {option.id: option.claim for option in item.options}
        told = {id_: (c.finding, c.level, c.side, c.grade) for id_, c in claims.items() if c is not None}
        assert [id_ for id_ in told if told[id_] in true] == [item.answer]


def test_a_sentence_states_the_answer_and_none_states_a_distractor(
    items: list[BenchItem], reports: dict[str, PhantomReport]
) -> None:
    for item in (one for one in items if not one.swapped):
        report = reports[item.case]
        said = [sentence(one, report.template) for one in report.truth.findings]
        said += normal_sentences(report.truth, report.template)
        for option in item.options:
            assert option.claim is not None
            assert any(states(option.claim, one) for one in said) is (option.id == item.answer)


def test_options_differ_from_the_answer_in_what_the_axis_asks(items: list[BenchItem]) -> None:
    for item in items:
        right = item.right.claim
        assert right is not None
        for option in item.options:
            assert option.claim is not None
            if item.axis == Axis.LEVEL_IDENTIFICATION:
                assert option.claim.model_copy(update={"level": right.level}) == right
                assert is_disc(option.claim.level) is is_disc(right.level)
            else:
                assert option.claim.level == right.level


def test_the_question_names_the_level_only_where_it_does_not_ask_for_it(items: list[BenchItem]) -> None:
    for item in items:
        assert (item.level in item.question) is (item.axis == Axis.PATHOLOGY)


def test_twins_differ_in_the_level_and_the_answer_alone(items: list[BenchItem]) -> None:
    by_id = {one.id: one for one in items}
    swapped = [one for one in items if one.swapped]
    assert len(swapped) >= 30
    for twin in swapped:
        item = by_id[twin.twin]
        assert item.twin == twin.id
        same = {"id", "twin", "swapped", "passage", "level", "answer", "options"}
        assert item.model_dump(exclude=same) == twin.model_dump(exclude=same)
        assert [(o.id, o.text) for o in item.options] == [(o.id, o.text) for o in twin.options]
        assert (item.level, item.answer) != (twin.level, twin.answer)
        assert twin.right.role is Role.ANSWER
        assert sum(option.role is Role.ANSWER for option in twin.options) == 1
        assert twin.passage != item.passage
        assert len(twin.passage.splitlines()) == len(item.passage.splitlines())


def test_an_item_with_a_twin_that_is_not_there_is_none(items: list[BenchItem]) -> None:
    there = {one.id for one in items}
    assert all(one.twin in there for one in items if one.twin)


def test_the_answer_stands_at_every_place_about_as_often(items: list[BenchItem]) -> None:
    places = Counter(one.answer for one in items)
    assert set(places) == set("ABCD")
    assert max(places.values()) / len(items) < 0.35


def test_no_item_names_anybody(items: list[BenchItem], reports: dict[str, PhantomReport]) -> None:
    for item in items:
        text = f"{item.passage}\n{item.question}\n{' '.join(option.text for option in item.options)}"
        assert not [name for name in reports[item.case].planted if name in text]


def test_the_passage_does_not_repeat_the_answer_in_its_own_words(items: list[BenchItem]) -> None:
    """The conclusion of a report would: the words of a finding there are those of the options."""
    told = [item.right.text in item.passage for item in items]
    assert sum(told) / len(told) < 0.1


def test_reports_of_training_templates_give_items_too() -> None:
    """The row `learns` trains on them; no template of the bench is among them."""
    made = [item for one in make_reports(10, 3, (Language.EN,), Templates.TRAIN) for item in items_of(one)]
    assert made
    assert not {one.template for one in made} & BENCH
