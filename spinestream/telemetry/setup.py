"""Sets up what a process shows of itself, and takes it down again. What is off is not imported."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

from spinestream.telemetry.health import Health
from spinestream.telemetry.settings import Place, TelemetrySettings
from spinestream.workdir import Workdir
from streams.telemetry import metering, tracing

if TYPE_CHECKING:
    from spinestream.telemetry.listener import Page
    from spinestream.telemetry.numbers import Numbers
    from streams.telemetry.tally import Point

log = logging.getLogger(__name__)

SCRAPE_SECONDS = 8.0
"""What a further exposition may take: a scrape itself is given ten seconds."""


class Shown:
    """What the process of a role shows of itself."""

    def __init__(self, role: str, workdir: Workdir) -> None:
        self.health = Health()
        self.numbers: Numbers | None = None
        """None where nobody listens."""
        self._role = role
        self._workdir = workdir
        self._more: list[Callable[[], bytes]] = []

    def also(self, loop: asyncio.AbstractEventLoop, exposition: Callable[[], Awaitable[bytes]]) -> None:
        """Add a further exposition to /metrics, made on a loop of this process."""

        async def make() -> bytes:
            return await exposition()

        def wait() -> bytes:
            asked = asyncio.run_coroutine_threadsafe(make(), loop)
            try:
                return asked.result(SCRAPE_SECONDS)
            finally:
                asked.cancel()

        self._more.append(wait)

    @contextlib.contextmanager
    def listening(self, place: Place) -> Iterator[None]:
        """Listen meanwhile, and write down where."""
        from spinestream.telemetry.listener import Listener
        from spinestream.telemetry.numbers import open_numbers

        self.numbers = open_numbers()
        try:
            listener = Listener(place, {"/metrics": self._metrics, "/live": self._live, "/ready": self._ready})
        except BaseException:
            self.numbers.close()
            raise
        told = self._workdir.telemetry_file(self._role)
        part = told.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({"pid": os.getpid(), "host": place.host, "port": listener.port}))
        part.replace(told)
        try:
            yield
        finally:
            listener.close()
            self.numbers.close()

    def _metrics(self) -> Page:
        from spinestream.telemetry.listener import METRICS_TEXT, Page

        assert self.numbers is not None
        text = self.numbers.exposition()
        for make in self._more:
            try:
                text += make()
            except Exception as error:  # noqa: BLE001 - its own numbers are told whatever becomes of the others
                log.warning("the numbers of the deployment are not told: %s", type(error).__name__)
        return Page(HTTPStatus.OK, text, METRICS_TEXT)

    def _live(self) -> Page:
        return _page(self.health.troubles(), "alive")

    def _ready(self) -> Page:
        why = self.health.unready()
        return _page([why] if why else [], "ready")


def _page(troubles: list[str], good: str) -> Page:
    from spinestream.telemetry.listener import Page

    status = HTTPStatus.SERVICE_UNAVAILABLE if troubles else HTTPStatus.OK
    return Page(status, ("\n".join(troubles or [good]) + "\n").encode())


_of_process: list[Shown] = []


def of_process() -> Shown | None:
    """Return what this process shows of itself, None where it is no role's."""
    return _of_process[-1] if _of_process else None


@contextlib.contextmanager
def shown(settings: TelemetrySettings, role: str, workdir: Workdir) -> Iterator[Shown]:
    """Show what the process of a role does, meanwhile: numbers and health at the listener, spans.

    Raises ListenerRefused.
    """
    made = Shown(role, workdir)
    with contextlib.ExitStack() as stack:
        if settings.place is not None:
            stack.enter_context(made.listening(settings.place))
        stack.enter_context(traced(settings, role, workdir))
        _of_process.append(made)
        stack.callback(_of_process.remove, made)
        yield made


@contextlib.contextmanager
def traced(settings: TelemetrySettings, role: str, workdir: Workdir) -> Iterator[None]:
    """Make spans meanwhile, where traces are followed and this process makes none yet."""
    if not settings.traced or tracing.active() is not None:
        yield
        return
    from spinestream.telemetry.traces import open_traces

    traces = open_traces(settings, role, workdir.root)
    try:
        yield
    finally:
        traces.close()


class ActorShown:
    """What the process of an engine actor tells: its numbers to its manager, its spans where they go."""

    def __init__(self, settings: TelemetrySettings, workdir: Workdir) -> None:
        from spinestream.telemetry.logs import log_to_stderr
        from streams.telemetry.tally import Tally

        log_to_stderr("engine", json_lines=settings.json_logs)
        self._tally = Tally() if settings.listen else None
        self._traces = contextlib.ExitStack()
        if self._tally is not None:
            metering.use(self._tally)
        self._traces.enter_context(traced(settings, "engine", workdir))

    def numbers(self) -> tuple[Point, ...]:
        """Return what was counted until now."""
        return self._tally.points() if self._tally is not None else ()

    def close(self) -> None:
        """Send the spans that wait."""
        self._traces.close()
