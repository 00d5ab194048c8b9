"""TLS before a server that speaks none: takes it off and passes the bytes on. In a thread of the test's process."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from types import TracebackType

LOOPBACK = "127.0.0.1"


class TlsProxy:
    """A context manager; `port` is where it listens, on loopback."""

    def __init__(self, upstream: int, context: ssl.SSLContext) -> None:
        """`upstream` is the port of the server behind it."""
        self.port = 0
        self._upstream = upstream
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tls-proxy", daemon=True)

    def __enter__(self) -> TlsProxy:
        self._thread.start()
        assert self._ready.wait(10), "the proxy does not listen"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._pass_on, LOOPBACK, 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(LOOPBACK, self._upstream)
        except OSError:  # the server is away: so is the proxy
            writer.close()
            return
        with contextlib.suppress(asyncio.CancelledError):  # the proxy ends: asyncio would log each of its connections
            await asyncio.gather(_copied(reader, back), _copied(there, writer))


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while content := await reader.read(65536):
            writer.write(content)
            await writer.drain()
    writer.close()
