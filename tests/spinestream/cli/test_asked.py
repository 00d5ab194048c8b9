"""What options ask for: kinds and languages, settings, and a call told again to another process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from generation.items import Kind
from generation.sources import Language
from spinestream.cli.asked import KINDS, OWN, settings_of, wanted_of
from spinestream.cli.detached import arguments
from spinestream.cli.up import command as up
from streams.payloads import Wanted
from tests.spinestream.cli.front_door import called


def test_by_default_every_kind_is_wanted_in_each_document_s_own_language() -> None:
    assert wanted_of(KINDS, OWN) == tuple(Wanted(kind=kind) for kind in Kind)


def test_every_kind_named_is_wanted_in_every_language_named() -> None:
    assert wanted_of("report, mcq,mcq", "zh,auto") == (
        Wanted(kind=Kind.REPORT, language=Language.ZH),
        Wanted(kind=Kind.REPORT),
        Wanted(kind=Kind.MCQ, language=Language.ZH),
        Wanted(kind=Kind.MCQ),
    )


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--kinds", "mcq,essay", "give some of mcq, open_qa, consultation, report"),
        ("--kinds", ",", "give some of"),
        ("--languages", "fr", "give some of auto, en, zh"),
        ("--budget-tokens", "-1", "-1"),
        ("--budget-cost", "x", "x"),
    ],
)
@pytest.mark.parametrize("verb", ["run", "ingest"])
def test_what_does_not_exist_is_a_usage_error_and_makes_nothing(
    verb: str, option: str, value: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("# A\n")
    answer = called(verb, tmp_path / "a.md", "--workdir", tmp_path / "W", option, value)
    assert answer.code == 2
    assert told in answer.err or "No such option" in answer.err
    assert [one.name for one in tmp_path.iterdir()] == ["a.md"]


def test_a_cost_without_prices_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n")
    answer = called("run", tmp_path / "a.md", "--workdir", tmp_path / "W", "--engine", "scripted", "--budget-cost", "2")
    assert answer.code == 2
    assert "budget (on the command line): Value error, max_cost needs price_per_million_prompt_tokens" in answer.err


def _flags(*given: str) -> dict[str, Any]:
    with up.make_context("up", list(given)) as context:
        return {**context.params}


def test_only_flags_that_are_given_are_settings() -> None:
    assert settings_of(_flags()) == {}
    assert settings_of(_flags("--budget-tokens", "0", "--actors", "2", "--engine-setting", "latency_s=0.5")) == {
        "budget": {"max_tokens": 0},
        "pools": {"engine": {"min_actors": 2, "max_actors": 2}},
        "engine_settings": {"latency_s": 0.5},
    }


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("intake", "store"),
        ("--engine", "scripted", "--engine-setting", "a=1", "--engine-setting", "b=x y", "--separate", "pools"),
        ("--budget-cost", "2.5", "--in-flight", "3"),
    ],
)
def test_a_call_is_told_again_without_what_only_this_process_is_asked(given: tuple[str, ...]) -> None:
    context = up.make_context("up", [*given, "--workdir", "elsewhere", "--detach", "--json"])
    again = arguments(context)
    assert not {"--detach", "--json", "--workdir", "elsewhere"} & set(again)
    first, second = _flags(*given), _flags(*again)
    assert first == second


def test_the_context_of_up_knows_its_roles() -> None:
    with pytest.raises(click.UsageError, match="no such role: cook"):
        up.main(["cook"], standalone_mode=False)
