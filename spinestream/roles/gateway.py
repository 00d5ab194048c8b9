"""The gateway role: takes studies from the hospital and makes cases of them."""

from __future__ import annotations

import asyncio
import logging
import os
import threading

from spinestream.gateway_file import GatewayTold, gateway_told, tell_gateway
from spinestream.settings import Settings
from spinestream.wiring import Parts

log = logging.getLogger(__name__)


async def serve_gateway(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Listen, watch and assemble until `stop`; writes down where it listens once it does."""
    threading.excepthook = _tell_no_message
    from spinestream.cases import assembler_of, wanted_of_cases
    from spinestream.running.register import split_settings, with_key
    from streams.intake.gateway.gateway import Gateway

    split = with_key(split_settings(), parts.workdir)
    assembler = await assembler_of(parts, settings, split, wanted_of_cases(settings))
    gateway = Gateway(assembler, settings.gateway)
    at = settings.gateway

    def listening(port: int | None) -> None:
        tell_gateway(parts.workdir, GatewayTold(pid=os.getpid(), host=at.dicom_host, port=port, aet=at.aet))

    await gateway.serve(stop, _ports(parts, settings), listening)


def _tell_no_message(ended: threading.ExceptHookArgs) -> None:
    """Log what ended a thread by its type: the message may quote what was read."""
    log.error("a thread ended: %s", ended.exc_type.__name__)


def _ports(parts: Parts, settings: Settings) -> list[int]:
    """Return the ports to try: one that was chosen at a former start goes first, since senders know it."""
    port, before = settings.gateway.dicom_port, gateway_told(parts.workdir)
    if port is None:
        return []
    return [before.port, 0] if port == 0 and before is not None and before.port else [port]
