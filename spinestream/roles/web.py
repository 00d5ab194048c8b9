"""The web role: the clinicians' desk and the pipeline page."""

from __future__ import annotations

import asyncio
import logging
import os

from review_bridge.desk.settings import SessionSettings
from spinestream.embedded.credentials import secret
from spinestream.errors import SettingsWrong
from spinestream.settings import Settings, from_environment
from spinestream.telemetry.setup import of_process
from spinestream.web_file import WebNote, last_port, write_note
from spinestream.wiring import Parts
from spinestream.workdir import Workdir

log = logging.getLogger(__name__)

SESSION_KEY = "desk.session.key"
"""Name of the secret that signs session cookies; made once, so that a restart signs nobody out."""
LEAST_KEY = 32


async def serve_web(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Serve the desk until `stop`."""
    # The page library takes a second to load, and the survey knows of the roles: no other role waits for either.
    from review_bridge.desk.pipeline import SharedLook
    from review_bridge.desk.place import Desk
    from review_bridge.desk.server import exposed, serve
    from spinestream.desk_look import DeskLook
    from spinestream.desk_trends import TrendsLook, shared

    assert parts.redis is not None
    workdir = parts.workdir

    def listening(host: str, port: int, metrics: int) -> None:
        write_note(workdir, WebNote(pid=os.getpid(), host=host, port=port, metrics=metrics))

    async with _Telling(parts) as telling:
        desk = Desk(
            review=parts.review(telling.tell),
            reviewers=parts.reviewers,
            store=parts.store,
            blobs=parts.blobs,
            redis=parts.redis,
            look=SharedLook(DeskLook(workdir, settings, parts).look),
            trends=shared(TrendsLook(settings, parts)),
            settings=settings.web,
            key=session_key(workdir),
        )
        telemetry = of_process()
        if telemetry is not None:
            # A scrape from outside the machine does not reach the desk's own, which is on loopback.
            telemetry.also(asyncio.get_running_loop(), lambda: exposed(desk))
        await serve(desk, stop, listening, last_port(workdir))


def session_key(workdir: Workdir) -> str:
    """Return what signs session cookies: the key of the environment, which several desks share, else the work folder's
    own. Raises SettingsWrong."""
    given = from_environment(SessionSettings).key.get_secret_value()
    if given and len(given) < LEAST_KEY:
        raise SettingsWrong([f"SPINESTREAM_SESSION_KEY: give at least {LEAST_KEY} random characters"])
    return given or secret(workdir.root, SESSION_KEY, 32)


class _Telling:
    """Sends the events of decisions beside the desk: a decision is stored, and nobody waits for the broker."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._wanted = asyncio.Event()

    async def tell(self) -> None:
        """Have what is unsent sent soon."""
        self._wanted.set()

    async def __aenter__(self) -> _Telling:
        self._task = asyncio.create_task(self._run(), name="decisions")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._parts.tell_decisions()
            except Exception:
                # Marked unsent they stay; the reconciler sends them.
                log.exception("the events of decisions were not sent")
