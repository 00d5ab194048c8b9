"""`spinestream reviewers`: no password ever comes from an argument."""

from __future__ import annotations

import io
from typing import Any

import pytest


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts text on stdin."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_nobody_is_there_until_somebody_is_added(desk: Any, typed: Any) -> None:
    assert desk.call("reviewers", "list", "--json").json == []
    typed("correct horse\nnot this line\n")
    added = desk.call("reviewers", "add", "Dr Li", "--json")
    assert added.json == {"name": "Dr Li", "roles": ["clinician"]}
    made = desk.call("reviewers", "add", "Dr Wu", "--role", "lead", "--role", "clinician", "--generate", "--json").json
    assert (made["roles"], len(made["password"]) >= 20) == (["lead", "clinician"], True)
    listed = desk.call("reviewers", "list", "--json").json
    assert [(one["name"], one["roles"]) for one in listed] == [("Dr Li", ["clinician"]), ("Dr Wu", made["roles"])]

    async def signed_in(parts: Any) -> list[bool]:
        pairs = (("dr li", "correct horse"), ("Dr Li", "not this line"), ("Dr Wu", made["password"]))
        return [await parts.reviewers.with_password(*pair) is not None for pair in pairs]

    assert desk.on_parts(signed_in) == [True, False, True]


def test_a_generated_password_is_shown_once(desk: Any) -> None:
    told = desk.call("reviewers", "add", "Dr Li", "--generate").out
    password = told.rsplit(" ", 1)[-1].strip()
    assert len(password) >= 20
    assert password not in desk.call("reviewers", "list").out


@pytest.mark.parametrize(("password", "name"), [("short\n", "Dr Li"), ("", "Dr Li"), ("correct horse\n", " ")])
def test_what_cannot_be_used_is_a_usage_error(desk: Any, typed: Any, password: str, name: str) -> None:
    typed(password)
    answer = desk.call("reviewers", "add", name)
    assert (answer.code, "was not added" in answer.err) == (2, True)
    assert not password.strip() or password.strip() not in answer.err


def test_removing(desk: Any, typed: Any) -> None:
    typed("correct horse\n")
    desk.call("reviewers", "add", "Dr Li")
    assert desk.call("reviewers", "remove", "dr LI", "--json").json == {"removed": "dr LI"}
    answer = desk.call("reviewers", "remove", "Dr Li")
    assert (answer.code, "there is no reviewer" in answer.err) == (2, True)
    assert desk.call("reviewers", "list", "--json").json == []


def test_a_reopened_sample_waits_again(desk: Any) -> None:
    [item] = desk.samples("guide", ())
    assert desk.call("samples", "reopen", item, "--who", "Dr Li").code == 2
    desk.call("samples", "accept", item, "--who", "Dr Li")
    assert item not in desk.queued()
    assert desk.call("samples", "reopen", item, "--who", "Dr Li", "--json").json["kind"] == "reopened"
    assert item in desk.queued()
    record = desk.call("samples", "show", item, "--json").json
    assert record["state"] == "queued"
    assert [one["kind"] for one in record["provenance"]["decisions"]] == ["accepted", "reopened"]
