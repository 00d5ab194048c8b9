"""The desk's door: who passes, and what is refused. Without servers: who there is and what was tried is in memory."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from review_bridge.desk.door import COOKIE, FORM_LIMIT, Door
from review_bridge.desk.tickets import Tickets
from review_bridge.reviewers import Reviewer, Role

PASSWORD = "correct horse"
LI = Reviewer("Dr Li", (Role.CLINICIAN,), "2026-11-24T10:00:00+00:00", "stamp-1")
HTML = {"accept": "text/html"}


class Those:
    """Reviewers in memory: Dr Li."""

    def __init__(self) -> None:
        self.reviewer: Reviewer | None = LI

    async def any(self) -> bool:
        return self.reviewer is not None

    async def with_password(self, name: str, password: str) -> Reviewer | None:
        return self.reviewer if (name, password) == ("Dr Li", PASSWORD) else None

    async def with_stamp(self, name: str, stamp: str) -> Reviewer | None:
        found = self.reviewer
        return found if found and (found.name, found.stamp) == (name, stamp) else None

    async def end_sessions(self, name: str) -> None:
        assert self.reviewer is not None
        self.reviewer = self.reviewer._replace(stamp="stamp-2")


class Tried:
    """Attempts in memory: two are taken."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.away = False

    async def allowed(self, name: str, address: str) -> bool:
        if self.away:
            raise RedisConnectionError("away")
        return self.counts[name] < 2

    async def failed(self, name: str, address: str) -> None:
        self.counts[name] += 1

    async def forget(self, name: str, address: str) -> None:
        del self.counts[name]


class Place:
    """A door before one page, and a browser."""

    def __init__(self, *, secure: bool = False) -> None:
        self.those, self.tried, self.left = Those(), Tried(), list[str]()
        app = Starlette()
        door = Door(self.those, self.tried, Tickets("key", 12), self._leave, secure)  # type: ignore[arg-type]
        door.add_to(app)
        app.add_route("/desk", self._page, methods=["GET", "POST"])
        self.browser = TestClient(app, base_url="http://desk.test", follow_redirects=False)

    async def _leave(self, reviewer: Reviewer) -> None:
        self.left.append(reviewer.name)

    async def _page(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.state.reviewer.name)

    def sign_in(self, name: str = "Dr Li", password: str = PASSWORD, **headers: str) -> Any:
        return self.browser.post("/sign-in", data={"name": name, "password": password}, headers=headers)


@pytest.fixture
def place() -> Place:
    return Place()


def test_nobody_passes_who_has_not_signed_in(place: Place) -> None:
    page = place.browser.get("/desk", headers=HTML)
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")
    for path in ("/desk", "/images/a/b", "/_nicegui_ws/socket.io", "/anything"):
        assert place.browser.get(path).status_code == 401


def test_signing_in_and_out(place: Place) -> None:
    answer = place.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert place.browser.get("/desk").text == "Dr Li"
    kept = place.browser.cookies[COOKIE]
    assert place.browser.post("/sign-out").headers["location"] == "/sign-in"
    assert place.left == ["Dr Li"]
    place.browser.cookies.set(COOKIE, kept)
    assert place.browser.get("/desk").status_code == 401


def test_behind_a_proxy_that_speaks_tls_the_cookie_travels_over_tls_only() -> None:
    assert "; secure" in Place(secure=True).sign_in().headers["set-cookie"].lower()


def test_a_removed_reviewer_does_not_pass_any_more(place: Place) -> None:
    place.sign_in()
    place.those.reviewer = None
    assert place.browser.get("/desk").status_code == 401


def test_a_wrong_name_and_a_wrong_password_are_answered_alike_and_not_for_ever(place: Place) -> None:
    wrong_name, wrong_password = place.sign_in("Dr Wu"), place.sign_in(password="x")
    assert wrong_name.status_code == wrong_password.status_code == 401
    assert wrong_name.text == wrong_password.text
    assert COOKIE not in place.browser.cookies
    place.sign_in(password="x")
    assert place.sign_in().status_code == 429


def test_nothing_that_was_typed_comes_back_as_markup(place: Place) -> None:
    assert "<script" not in place.sign_in("<script>alert(1)</script>").text


def test_a_form_of_another_site_is_refused(place: Place) -> None:
    assert place.sign_in(origin="http://evil.test").status_code == 403
    assert place.sign_in(origin="http://desk.test").status_code == 303
    assert place.browser.post("/sign-out", headers={"origin": "http://evil.test"}).status_code == 403
    assert place.left == []
    assert place.browser.post("/desk", headers={"origin": "null"}).status_code == 403


def test_a_socket_is_let_in_for_who_signed_in_and_from_here_only(place: Place) -> None:
    from starlette.websockets import WebSocketDisconnect

    for headers in ({}, {"origin": "http://evil.test"}):
        with pytest.raises(WebSocketDisconnect) as refused, place.browser.websocket_connect("/ws", headers=headers):
            pass
        assert refused.value.code == 1008


def test_a_long_form_is_not_read(place: Place) -> None:
    assert place.sign_in(password="x" * FORM_LIMIT).status_code == 401


def test_what_a_page_may_load_is_said_with_every_answer(place: Place) -> None:
    for answer in (place.browser.get("/sign-in"), place.browser.get("/desk"), place.sign_in()):
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_it_says_how_to_add_the_first_reviewer(place: Place) -> None:
    assert "reviewers add" not in place.browser.get("/sign-in").text
    place.those.reviewer = None
    assert "spinestream reviewers add" in place.browser.get("/sign-in").text


def test_a_server_that_is_away_is_said_and_nobody_is_let_in(place: Place) -> None:
    place.tried.away = True
    answer = place.sign_in()
    assert answer.status_code == 503
    assert COOKIE not in place.browser.cookies
