"""C-STORE and C-ECHO: an instance is acknowledged once it is durable in the spool, and not before."""

from __future__ import annotations

import logging
from typing import Any

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]  # made at import
from pynetdicom.transport import ThreadedAssociationServer

from streams.intake.gateway.errors import SpoolFull
from streams.intake.gateway.quiet import quiet_libraries
from streams.intake.gateway.settings import GatewaySettings
from streams.intake.gateway.spool import Spool

log = logging.getLogger(__name__)

STORED = 0x0000
OUT_OF_RESOURCES = 0xA700
"""PS3.4 B.2.3: the sender may try again later."""
FAILED = 0xC001
"""PS3.4 B.2.3, a failure of the receiver's own."""
_PDU = 262_144
"""Bytes of a PDU, at most."""


class StoreProvider:
    """Takes DICOM from the network into a spool, every storage class in any encoding, as it comes."""

    def __init__(self, spool: Spool, settings: GatewaySettings) -> None:
        quiet_libraries()
        self._spool = spool
        self._settings = settings
        self._server: ThreadedAssociationServer | None = None

    def start(self, port: int) -> int:
        """Listen; returns the port. Raises OSError where the port is taken."""
        entity = AE(ae_title=self._settings.aet)
        entity.maximum_associations = self._settings.associations
        entity.maximum_pdu_size = _PDU
        entity.require_calling_aet = list(self._settings.callers)
        entity.add_supported_context(Verification)
        for context in AllStoragePresentationContexts:
            assert context.abstract_syntax is not None
            entity.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
        at = (self._settings.dicom_host, port)
        self._server = entity.start_server(at, block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)])
        assert self._server is not None
        assert self._server.socket is not None
        bound: tuple[Any, ...] = self._server.socket.getsockname()
        return int(bound[1])

    def stop(self) -> None:
        """Listen no more and end associations; what is not acknowledged, their senders send again."""
        if self._server is not None:
            self._server.shutdown()
            self._server = None

    def _store(self, event: Event) -> int:
        """Keep one instance; several associations call this at a time."""
        try:
            accepted = self._spool.accept(event.encoded_dataset())
        except SpoolFull as full:
            log.warning("an instance was refused: %s", full)
            return OUT_OF_RESOURCES
        except Exception as error:  # noqa: BLE001 - whatever it is, it may quote what was read
            log.error("an instance was refused: %s", type(error).__name__)
            return FAILED
        log.debug("%s is in the spool", accepted.id)
        return STORED
