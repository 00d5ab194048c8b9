"""The desk's web server: one in a process, since the page library keeps its pages in the module."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from nicegui import Client, ui
from starlette.requests import Request

from review_bridge.desk.attempts import Attempts
from review_bridge.desk.desk_page import DeskPage
from review_bridge.desk.door import HOME, STYLE, Door
from review_bridge.desk.images import Images
from review_bridge.desk.metrics import Scrape, exposition, metrics_app
from review_bridge.desk.pipeline import Pipeline
from review_bridge.desk.pipeline_page import PipelinePage
from review_bridge.desk.place import Desk
from review_bridge.desk.queue_page import QueuePage
from review_bridge.desk.settings import DeskSettings
from review_bridge.desk.tickets import Tickets
from review_bridge.desk.trends import TrendsShown
from review_bridge.desk.trends_api import TrendsApi
from review_bridge.desk.trends_page import TrendsPage
from streams.trends.windows import Bucket

GRACE_SECONDS = 2
"""What open pages are given when the server leaves."""
ICON = Path(__file__).parent / "icon.svg"


async def serve(
    desk: Desk, stop: asyncio.Event, listening: Callable[[str, int, int], None], last_port: int = 0
) -> None:
    """Serve the desk until `stop`; `listening` is told its host and port, and the port of metrics (0: none), once the
    sockets are bound."""
    metrics = _metrics_socket(desk.settings)
    with _bound(desk.settings, last_port) as bound, metrics or contextlib.nullcontext():
        servers = [(_server(application(desk)), bound)]
        if metrics is not None:
            servers.append((_server(metrics_app(_scrape(desk))), metrics))
        listening(desk.settings.host, bound.getsockname()[1], metrics.getsockname()[1] if metrics else 0)
        serving = [asyncio.create_task(server.serve(sockets=[place])) for server, place in servers]
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((*serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        for server, _ in servers:
            server.should_exit = True
        stopping.cancel()
        await asyncio.gather(*serving)


def _server(app: Any) -> _Server:
    # No log_config: what it says goes through the handlers of the role, which may be objects.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return _Server(config)


async def exposed(desk: Desk) -> bytes:
    """Return the metrics of the deployment for whoever serves them elsewhere; nothing while the servers are away."""
    return exposition(*await _scrape(desk)())


def _scrape(desk: Desk) -> Scrape:
    async def scrape() -> tuple[Pipeline | None, TrendsShown | None]:
        return await desk.look(), await desk.trends(Bucket.MINUTE)

    return scrape


def application(desk: Desk) -> FastAPI:
    """Return the application; once in a process."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    tickets = Tickets(desk.key, desk.settings.session_hours)
    attempts = Attempts(desk.redis)
    Door(desk.reviewers, attempts, tickets, desk.leave, desk.settings.secure).add_to(app)
    Images(desk.store, desk.blobs).add_to(app)
    TrendsApi(desk).add_to(app)
    _add_pages(desk)
    ui.run_with(
        app,
        title="spinestream desk",
        favicon=ICON,
        tailwind=False,
        reconnect_timeout=5.0,
        show_welcome_message=False,
    )
    return app


def _add_pages(desk: Desk) -> None:
    ui.add_head_html(f'<link rel="stylesheet" href="{STYLE}">', shared=True)

    async def at_desk(request: Request, client: Client, item_id: str | None = None) -> None:
        # Connected first: a page that nobody looks at holds no lease.
        page = DeskPage(desk, request.state.reviewer, client)
        client.on_delete(page.end)
        await client.connected()
        await page.begin(item_id)

    @ui.page(HOME)
    async def _(request: Request, client: Client) -> None:
        await at_desk(request, client)

    @ui.page(HOME + "/{item_id}")
    async def _(request: Request, client: Client, item_id: str) -> None:
        await at_desk(request, client, item_id)

    @ui.page("/queue")
    async def _(request: Request) -> None:
        await QueuePage(desk, request.state.reviewer).look()

    @ui.page("/pipeline")
    async def _(request: Request) -> None:
        await PipelinePage(desk, request.state.reviewer).look()

    @ui.page("/trends")
    async def _(request: Request) -> None:
        await TrendsPage(desk, request.state.reviewer).look()


class _Server(uvicorn.Server):
    """Leaves signals to the role, which leaves in its own order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


def _metrics_socket(settings: DeskSettings) -> socket.socket | None:
    """Return a socket on loopback, wherever the desk itself listens; None where no metrics are wanted."""
    return None if settings.metrics_port is None else _socket("127.0.0.1", settings.metrics_port)


def _bound(settings: DeskSettings, last_port: int) -> socket.socket:
    """Return a listening socket; where any port will do, the last one, so that open pages find the desk again."""
    wanted = [settings.port] if settings.port else [last_port, 0] if last_port else [0]
    for port in wanted[:-1]:
        with contextlib.suppress(OSError):
            return _socket(settings.host, port)
    return _socket(settings.host, wanted[-1])


def _socket(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made
