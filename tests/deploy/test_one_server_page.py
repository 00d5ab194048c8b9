"""docs/one-server.md names what is there: files, services, variables, volumes, commands."""

from __future__ import annotations

import re
from typing import Any

import pytest

from spinestream.cli.main import COMMANDS
from tests.deploy.composed import env_file, variables
from tests.deploy.places import COMPOSE, EXAMPLE, ROOT
from tests.deploy.runbook import anchors

PAGE = (ROOT / "docs" / "one-server.md").read_text()
NOT_OF_COMPOSE = {"PYTHON_IMAGE", "TORCHDYNAMO_DISABLE", "MONGO_INITDB_ROOT_PASSWORD"}
"""An argument of the build, a variable of the image, one that a server's image asks for."""


def test_variables_are_those_of_compose() -> None:
    named = set(re.findall(r"(?<![\w-])([A-Z]+(?:_[A-Z]+)+)(?![\w-])", PAGE))
    known = set(variables(COMPOSE.read_text())) | set(env_file(EXAMPLE)) | NOT_OF_COMPOSE
    assert len(named) > 15
    assert named <= known, sorted(named - known)
    for name in NOT_OF_COMPOSE:
        assert name in (ROOT / "Dockerfile").read_text() + COMPOSE.read_text()


def test_services_are_those_of_compose(compose: dict[str, Any]) -> None:
    run = set(re.findall(r"docker compose (?:run|exec)(?: -\S+| \S+:\S+)* ([a-z-]+)", PAGE))
    assert run == {"cli", "scorer-gpu", "mongodb"}
    assert run <= set(compose["services"])
    named = set(re.findall(r"\bspinestream_([a-z]+)\b", PAGE)) | set(
        re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE)
    )
    assert named <= set(compose["volumes"]), named
    assert compose["name"] == "spinestream"


def test_commands_are_ours() -> None:
    called = set(re.findall(r"\bcli ([a-z]+)\b", PAGE))
    assert {"reviewers", "ingest", "status"} <= called <= set(COMMANDS)


def test_images_are_those_of_compose(compose: dict[str, Any]) -> None:
    shown = set(re.findall(r"docker\.io/[\w/-]+:[\w.-]+", PAGE))
    used = {one["image"] for one in compose["services"].values()}
    base = re.findall(r"docker\.io/library/python:[\w.-]+", (ROOT / "Dockerfile").read_text())
    assert shown <= used | set(base), shown - used


@pytest.mark.parametrize("pattern", [r"\]\(([\w./#-]+)\)", r"`(deploy/[\w./-]+\w)`", r"^(deploy/[\w-]+)"])
def test_files_are_there(pattern: str) -> None:
    found = re.findall(pattern, PAGE, re.MULTILINE)
    assert found
    for name in found:
        path = name.partition("#")[0]
        place = ROOT / path if name.startswith("deploy/") else ROOT / "docs" / path
        assert place.exists() or name in ("deploy/settings.env", "deploy/engine.env"), name


def test_the_runbook_points_here() -> None:
    assert "one-server.md" in (ROOT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"operations\.md#([\w-]+)", PAGE)) == {"backup-and-restore"} <= anchors()
