"""The desk's door: nobody passes without having signed in, and nothing of another site is let in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment
from pymongo.errors import ConnectionFailure
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from review_bridge.desk.attempts import WINDOW_SECONDS, Attempts
from review_bridge.desk.tickets import Ticket, Tickets
from review_bridge.reviewers import Reviewer, Reviewers
from streams.dependencies import as_dependency_down
from streams.errors import DependencyDown

COOKIE = "spinestream_desk"
SIGN_IN, SIGN_OUT, HOME, STYLE = "/sign-in", "/sign-out", "/desk", "/desk.css"
FORM_LIMIT = 4096
"""Bytes of a form, at most."""

_OPEN = (SIGN_IN, STYLE, "/favicon.ico")
_LIBRARY = "/_nicegui/"
"""Scripts and styles of the page library: the same for everybody, they hold nothing of ours."""
_HERE = Path(__file__).parent
_STYLES = ("desk.css", "trends.css")
_PAGE = Environment(autoescape=True).from_string((_HERE / "sign_in.html").read_text())
_HEADERS = {
    # The page library compiles its templates in the browser and starts by a script in the page.
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    # Not no-referrer: a browser then names no origin with a form, and nobody could sign in.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

Leave = Callable[[Reviewer], Awaitable[None]]
"""Told that a reviewer signs out."""


class Door:
    """Signs reviewers in and out, and tells who comes."""

    def __init__(self, reviewers: Reviewers, attempts: Attempts, tickets: Tickets, leave: Leave, secure: bool) -> None:
        """`secure` lets the cookie travel over TLS only."""
        self._reviewers = reviewers
        self._attempts = attempts
        self._tickets = tickets
        self._leave = leave
        self._secure = secure

    def add_to(self, app: Starlette) -> None:
        """Add the routes and the guard to an application."""
        app.add_route(SIGN_IN, self.page, methods=["GET"])
        app.add_route(SIGN_IN, self.sign_in, methods=["POST"])
        app.add_route(SIGN_OUT, self.sign_out, methods=["POST"])
        app.add_route(STYLE, _style, methods=["GET"])
        app.add_route("/", lambda _: RedirectResponse(HOME, 303), methods=["GET"])
        app.add_middleware(Guard, door=self)
        for fault in (DependencyDown, ConnectionFailure, RedisConnectionError, RedisTimeoutError):
            app.add_exception_handler(fault, _away)

    async def who(self, connection: HTTPConnection) -> Reviewer | None:
        """Return who has signed in, None where nobody has."""
        ticket = self._tickets.read(connection.cookies.get(COOKIE))
        return await self._reviewers.with_stamp(*ticket) if ticket else None

    async def page(self, request: Request) -> Response:
        """Show the form."""
        if await self.who(request) is not None:
            return RedirectResponse(HOME, 303)
        return await self._form()

    async def sign_in(self, request: Request) -> Response:
        """Take name and password; the answer to a wrong name is that to a wrong password."""
        form = await _form(request)
        name, password = form.get("name", ""), form.get("password", "")
        address = request.client.host if request.client else ""
        if not await self._attempts.allowed(name, address):
            return await self._form(f"Too many attempts. Try again in {WINDOW_SECONDS // 60} minutes.", 429)
        reviewer = await self._reviewers.with_password(name, password)
        if reviewer is None:
            await self._attempts.failed(name, address)
            return await self._form("Name and password do not go together.", 401)
        await self._attempts.forget(name, address)
        answer = RedirectResponse(HOME, 303)
        answer.set_cookie(
            COOKIE,
            self._tickets.issue(Ticket(reviewer.name, reviewer.stamp)),
            max_age=self._tickets.seconds,
            httponly=True,
            secure=self._secure,
            samesite="strict",
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End every session of who signs out, and give back what they have open."""
        reviewer = await self.who(request)
        if reviewer is not None:
            await self._reviewers.end_sessions(reviewer.name)
            await self._leave(reviewer)
        answer = RedirectResponse(SIGN_IN, 303)
        answer.delete_cookie(COOKIE, httponly=True, secure=self._secure, samesite="strict")
        return answer

    async def _form(self, told: str = "", status: int = 200) -> Response:
        body = _PAGE.render(told=told, nobody=not await self._reviewers.any(), style=STYLE, action=SIGN_IN)
        return HTMLResponse(body, status)


class Guard:
    """Lets nobody pass who has not signed in, no form or socket of another site, and names what a page may load."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            refused = await self._refused(connection)
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            refused = _away(connection, error)
        if refused is None:
            await self._app(scope, receive, _with_headers(send, connection))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refused(scope, receive, _with_headers(send, connection))

    async def _refused(self, connection: HTTPConnection) -> Response | None:
        path = connection.url.path
        changes = connection.scope["type"] == "websocket" or connection.scope["method"] not in ("GET", "HEAD")
        if changes and not _same_site(connection):
            return PlainTextResponse("Refused: it comes from another site.", 403)
        if path in _OPEN or path.startswith(_LIBRARY):
            return None
        reviewer = await self._door.who(connection)
        if reviewer is None:
            page = connection.scope["type"] == "http" and "text/html" in connection.headers.get("accept", "")
            return RedirectResponse(SIGN_IN, 303) if page else PlainTextResponse("Sign in first.", 401)
        connection.state.reviewer = reviewer
        return None


def _away(_: HTTPConnection, __: Exception) -> Response:
    return PlainTextResponse("A server of the deployment does not answer; try again in a moment.", 503)


def _same_site(connection: HTTPConnection) -> bool:
    """Whether a request comes from a page of ours; programs that are no browsers name no origin."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


def _with_headers(send: Send, connection: HTTPConnection) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            if not connection.url.path.startswith(_LIBRARY):
                headers["cache-control"] = "no-store"
        await send(message)

    return wrapped


async def _form(request: Request) -> Mapping[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}


async def _style(_: Request) -> Response:
    return Response("\n".join((_HERE / name).read_text() for name in _STYLES), media_type="text/css")
