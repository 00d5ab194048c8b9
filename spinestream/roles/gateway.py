"""The gateway role: takes studies from the hospital and makes cases of them."""

from __future__ import annotations

import asyncio
import os

from spinestream.gateway_file import GatewayTold, gateway_told, tell_gateway
from spinestream.settings import Settings
from spinestream.wiring import Parts


async def serve_gateway(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Listen, watch and assemble until `stop`; writes down where it listens once it does."""
    from spinestream.cases import assembler_of, wanted_of_cases
    from spinestream.running.register import split_settings, with_key
    from streams.intake.gateway.gateway import Gateway

    split = with_key(split_settings(), parts.workdir)
    gateway = Gateway(assembler_of(parts, settings, split, wanted_of_cases(settings)), settings.gateway)
    at = settings.gateway

    def listening(port: int | None) -> None:
        tell_gateway(parts.workdir, GatewayTold(pid=os.getpid(), host=at.dicom_host, port=port, aet=at.aet))

    await gateway.serve(stop, _port(parts, settings), listening)


def _port(parts: Parts, settings: Settings) -> int | None:
    """Return the port to listen on: one that was chosen at a former start is kept, since senders know it."""
    before = gateway_told(parts.workdir)
    if settings.gateway.dicom_port == 0 and before is not None and before.port is not None:
        return before.port
    return settings.gateway.dicom_port
