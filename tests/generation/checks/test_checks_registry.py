"""The registry: a name once a kind, stable codes, one pass that gives the reasons by check."""

from __future__ import annotations

import pytest
from planted_kinds import KINDS, planted_bad, planted_good
from planted_samples import CASES, bad, item_of

from generation.checks import check, check_names, checks, merged, reasons_by_check, reasons_of, run_checks
from generation.errors import GenerationError
from generation.items import Kind
from generation.prompts.loader import load_prompt
from generation.samples import Writing
from generation.tasks.corrections import load_corrections

ITEM = item_of(CASES[0])
WRITING = Writing(level="L4/L5", question="What is seen?", rationale="It is stated.", citations=("p1s2",))
CODES = {
    Kind.MCQ: {"answer-given-away", "distractor-true", "not-a-question", "off-target", "yes-or-no"},
    Kind.OPEN_QA: {"answer-given-away", "answer-off-target", "not-a-question", "off-target", "yes-or-no"},
    Kind.CONSULTATION: {"no-plan", "not-a-consultation", "off-target", "unsupported-finding"},
    Kind.REPORT: {"no-disclaimer", "off-target", "part-missing", "part-repeated", "unsupported-finding"},
}
"""Reasons that not every kind has."""
COMMON = {
    "copied",
    "cut-off",
    "empty",
    "prompt-leak",
    "repetitive",
    "uncited",
    "wrong-grade",
    "wrong-language",
    "denied-finding",
    "wrong-level",
    "wrong-number",
    "wrong-side",
}


def test_it_refuses_what_would_be_ambiguous() -> None:
    with pytest.raises(GenerationError, match="already"):
        check("levels", "wrong-level")(lambda item, writing, finish: [])
    with pytest.raises(GenerationError, match=r"already \(kind consultation\)"):
        check("consultation-form", "no-plan", kinds=[Kind.CONSULTATION])(lambda item, writing, finish: [])
    with pytest.raises(GenerationError, match="names no reason"):
        check("new")(lambda item, writing, finish: [])
    with pytest.raises(GenerationError, match="no check 'magic'"):
        reasons_of("magic", ITEM, WRITING)
    assert "new" not in check_names()


def test_a_check_must_list_what_it_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    from generation.checks import registry

    monkeypatch.setattr(registry, "_CHECKS", [])
    monkeypatch.setattr(registry, "_BY_KIND", {kind: {} for kind in Kind})
    check("strict", "listed", kinds=[Kind.MCQ])(lambda item, writing, finish: ["unlisted"])
    assert check_names(Kind.MCQ) == ("strict",)
    assert check_names(Kind.REPORT) == ()
    with pytest.raises(GenerationError, match="'strict' gave 'unlisted'"):
        run_checks(ITEM, WRITING, "stop")
    assert reasons_by_check(ITEM.model_copy(update={"kind": Kind.REPORT}), WRITING, "stop") == {}


@pytest.mark.parametrize("kind", list(Kind))
def test_reasons_are_stable_codes(kind: Kind) -> None:
    codes = {code for registered in checks(kind) for code in registered.codes}
    assert codes >= COMMON | CODES[kind]
    others = set.union(*CODES.values()) - CODES[kind] - {"not-a-question", "yes-or-no"}
    assert not codes & others


def test_no_code_is_unknown_and_each_can_be_told_to_the_reviser() -> None:
    codes = {code for registered in checks() for code in registered.codes}
    assert codes == COMMON.union(*CODES.values())
    for language in ("en", "zh"):
        told = set(load_corrections(language).reasons)
        assert codes - told <= {"distractor-true", "no-disclaimer"}, "no wording mends these"


def test_one_name_has_the_same_codes_in_every_kind() -> None:
    by_name: dict[str, set[tuple[str, ...]]] = {}
    for registered in checks():
        by_name.setdefault(registered.name, set()).add(registered.codes)
    assert [name for name, codes in by_name.items() if len(codes) > 1] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_names_by_kind_are_those_that_run(kind: Kind) -> None:
    assert check_names(kind) == tuple(sorted(registered.name for registered in checks(kind)))
    assert set(check_names(kind)) <= set(check_names())
    assert all(kind in registered.kinds for registered in checks(kind))


def test_one_pass_says_what_each_check_says() -> None:
    planted = [(p.item, p.writing, p.finish) for p in list(bad())[::5]]
    planted += [(p.item, p.writing, p.finish) for kind in KINDS for p in (*planted_good(kind), *planted_bad(kind))]
    for item, writing, finish in planted:
        by_check = reasons_by_check(item, writing, finish)
        assert sorted(by_check) == list(check_names(item.kind))
        assert by_check == {name: reasons_of(name, item, writing, finish) for name in check_names(item.kind)}
        assert merged(by_check) == run_checks(item, writing, finish)


def test_a_check_of_another_kind_has_nothing_to_say() -> None:
    assert reasons_of("report-form", ITEM, WRITING) == ()
    assert reasons_of("distractors", ITEM.model_copy(update={"kind": Kind.REPORT, "options": ()}), WRITING) == ()


def test_a_reason_is_given_once() -> None:
    assert merged({"a": ("x", "y"), "b": ("y", "z"), "c": ()}) == ("x", "y", "z")


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_prompts_whose_examples_may_leak_are_there(kind: Kind, language: str) -> None:
    for stage in ("draft", "revise"):
        prompt = load_prompt(f"{kind}_{stage}", language)
        assert prompt.marks, "the check `leak` knows a copied example by its marks"
