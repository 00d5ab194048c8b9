"""The gateway at work: listens, watches its folder, and makes cases of the studies that are whole."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from streams.dependencies import as_dependency_down
from streams.intake.gateway.assembly import Assembled, Assembler
from streams.intake.gateway.errors import SpoolFull
from streams.intake.gateway.folder import WatchedFolder
from streams.intake.gateway.scp import StoreProvider
from streams.intake.gateway.settings import GatewaySettings
from streams.intake.gateway.spool import Waiting

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
TRY_AGAIN = 30.0
"""Seconds until a study is tried again that could not be assembled for a reason of its own."""


class Gateway:
    """All of it, in one process."""

    def __init__(self, assembler: Assembler, settings: GatewaySettings) -> None:
        self._assembler = assembler
        self._spool = assembler.spool
        self._settings = settings
        self._not_before: dict[str, float] = {}
        self._provider = StoreProvider(self._spool, settings)

    async def serve(self, stop: asyncio.Event, ports: Sequence[int], listening: Callable[[int | None], None]) -> None:
        """Work until `stop`. It listens on the first of the ports that is free; none: it takes no DICOM. `listening` is
        told the port once it does. Raises OSError where all are taken."""
        bound = await asyncio.to_thread(self._listen, ports)
        try:
            listening(bound)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._assemble(stop), name="assembly")
                if self._settings.watch:
                    group.create_task(self._watch(stop), name="watch")
        finally:
            await asyncio.to_thread(self._provider.stop)

    def _listen(self, ports: Sequence[int]) -> int | None:
        for last, port in enumerate(ports, start=1):
            try:
                return self._provider.start(port)
            except OSError:
                if last == len(ports):
                    raise
        return None

    async def _watch(self, stop: asyncio.Event) -> None:
        settings = self._settings
        watched = WatchedFolder(Path(settings.watch), self._spool, settings.stable_seconds, settings.max_instance_mb)
        while not stop.is_set():
            try:
                await asyncio.to_thread(watched.take)
            except SpoolFull as full:
                log.warning("the watched folder waits: %s", full)
                await _wait(stop, TRY_AGAIN)
            except Exception as error:  # noqa: BLE001 - its message may hold the name of a file
                log.error("the watched folder waits: %s", type(error).__name__)
                await _wait(stop, TRY_AGAIN)
            await _wait(stop, LOOK_EVERY)

    async def _assemble(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.assemble_whole(stop)
            except Exception as error:
                down = as_dependency_down(error)
                if down is None:
                    raise
                log.warning("cases wait: %s", down)
            await _wait(stop, LOOK_EVERY)

    async def assemble_whole(self, stop: asyncio.Event | None = None) -> list[Assembled]:
        """Take every study in that is whole now, and set strays aside; raises what the store raises."""
        await self._assembler.strays()
        done = []
        for study in await asyncio.to_thread(self._spool.studies):
            if stop is not None and stop.is_set():
                break
            waiting = await asyncio.to_thread(self._spool.waiting, study)
            if waiting is not None and self._whole(waiting):
                made = await self._one(study)
                done += [made] if made else []
        return done

    def _whole(self, waiting: Waiting) -> bool:
        if time.monotonic() < self._not_before.get(waiting.study, 0.0):
            return False
        # A clock that was set back must not keep a study waiting for ever.
        return waiting.complete or abs(time.time() - waiting.last) >= self._settings.quiet_seconds

    async def _one(self, study: str) -> Assembled | None:
        """Assemble a study; a fault of its own costs the others nothing, and it stays in the spool."""
        try:
            return await self._assembler.assemble(study)
        except Exception as error:
            if as_dependency_down(error) is not None:
                raise
            # The message of an error may quote what was read.
            log.error("study %s waits in the spool: %s", study, type(error).__name__)
            self._not_before[study] = time.monotonic() + TRY_AGAIN
            return None


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
