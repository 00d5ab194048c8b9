"""Keeps libraries that read originals from telling what they read: their messages and warnings quote values."""

from __future__ import annotations

import logging
import warnings

_TALKATIVE = ("pydicom", "pynetdicom")


def quiet_libraries() -> None:
    """Let pydicom and pynetdicom log nothing in this process, and no library warn; the gateway says what matters."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.simplefilter("ignore")
