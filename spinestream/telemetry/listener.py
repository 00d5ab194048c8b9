"""The page of a role's process: /metrics, /live, /ready. On threads of its own, to answer when a loop does not."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from spinestream.errors import UNUSABLE, FrontDoorError
from spinestream.telemetry.settings import Place

log = logging.getLogger(__name__)

TEXT = "text/plain; charset=utf-8"
METRICS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Page(NamedTuple):
    """An answer."""

    status: HTTPStatus
    text: bytes
    kind: str = TEXT


Pages = Mapping[str, Callable[[], Page]]


class ListenerRefused(FrontDoorError):
    """A role cannot listen where it is told to; starting it again is no use."""

    exit_code = UNUSABLE

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(
            f"telemetry.listen: {place.host}:{place.port} cannot be listened on ({why}); where several roles share a "
            "machine give port 0: each takes a free one and writes it to run/telemetry-ROLE.json of the work folder"
        )


class Listener:
    """Answers GET on a few paths until it is closed."""

    def __init__(self, place: Place, pages: Pages) -> None:
        """Begin to listen; raises ListenerRefused."""
        try:
            self._server = _Server(place, pages)
        except (OSError, OverflowError) as error:
            raise ListenerRefused(place, getattr(error, "strerror", None) or type(error).__name__) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="telemetry", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def __init__(self, place: Place, pages: Pages) -> None:
        self.pages = pages
        self.address_family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        super().__init__((place.host, place.port), _Answer)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""
        log.debug("a scrape was cut off")


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        made = self.server.pages.get(self.path.partition("?")[0])
        page = (
            Page(HTTPStatus.NOT_FOUND, b"there are /metrics, /live and /ready\n") if made is None else self._made(made)
        )
        self.send_response(page.status)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(page.text)))
        self.end_headers()
        self.wfile.write(page.text)

    def _made(self, make: Callable[[], Page]) -> Page:
        try:
            return make()
        except Exception:
            log.exception("a page of telemetry was not made")
            return Page(HTTPStatus.INTERNAL_SERVER_ERROR, b"this page could not be made; the role's log says why\n")

    def version_string(self) -> str:
        """Say nothing of the software."""
        return "spinestream"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Scrapes are not logged."""
