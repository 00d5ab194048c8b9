"""`deploy/healthy` asks the real listener of a role, and fails with what it answers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from spinestream.telemetry.listener import Listener, Page
from spinestream.telemetry.settings import place_of
from tests.deploy.places import DEPLOY

GOOD = Page(HTTPStatus.OK, b"alive\n")


@pytest.fixture
def answers() -> dict[str, Page]:
    return {"/live": GOOD, "/ready": GOOD}


@pytest.fixture
def port(answers: dict[str, Page]) -> Iterator[int]:
    listener = Listener(place_of("127.0.0.1:0"), {path: (lambda path=path: answers[path]) for path in answers})
    yield listener.port
    listener.close()


def asked(listen: str | None) -> tuple[int, str]:
    environment = {"PATH": "/usr/bin:/bin"} | ({} if listen is None else {"SPINESTREAM_TELEMETRY__LISTEN": listen})
    done = subprocess.run(
        [DEPLOY / "healthy"], env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    return done.returncode, done.stderr


def test_a_role_that_lives_and_serves(port: int) -> None:
    assert asked(f"0.0.0.0:{port}") == (0, "")


@pytest.mark.parametrize(
    ("path", "text"),
    [("/live", "stage draft has 3 records in hand and has settled none for 400 s"), ("/ready", "the role is starting")],
)
def test_it_says_what_is_wrong(answers: dict[str, Page], port: int, path: str, text: str) -> None:
    answers[path] = Page(HTTPStatus.SERVICE_UNAVAILABLE, f"{text}\nand more\n".encode())
    code, told = asked(f"0.0.0.0:{port}")
    assert code == 1
    assert told == f"{path} answers 503:\n{text}\nand more\n"


def test_nobody_listens(port: int, answers: dict[str, Page]) -> None:
    gone = Listener(place_of("127.0.0.1:0"), {})
    gone.close()
    assert asked(f"0.0.0.0:{gone.port}") == (1, f"nothing listens on port {gone.port}\n")


def test_no_listener_is_set() -> None:
    code, told = asked(None)
    assert code == 1
    assert "SPINESTREAM_TELEMETRY__LISTEN is not set" in told
