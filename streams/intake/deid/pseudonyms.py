"""Keyed pseudonyms: the same value gives the same pseudonym in every process; without the key none can be tried.

HMAC-SHA256 over a domain and the value, so that equal values of different kinds (an id used as an accession) differ.
"""

from __future__ import annotations

import hashlib
import hmac

from pydicom._uid_dict import UID_dictionary

_LEAST_KEY = 16
_MOST_DAYS = 3650


class Pseudonyms:
    """The pseudonyms of one site. Raises `ValueError` for a key shorter than 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < _LEAST_KEY:
            raise ValueError(f"the pseudonym key has {len(key)} bytes; give at least {_LEAST_KEY} random ones")
        self._key = key
        self.epoch: str = self._digest("epoch", "spinestream").hex()[:12]
        """Id of the key: 12 hex digits that tell nothing about it. Another key is another epoch."""

    def __repr__(self) -> str:
        return f"Pseudonyms(epoch={self.epoch!r})"

    def _digest(self, domain: str, value: str) -> bytes:
        return hmac.digest(self._key, domain.encode() + b"\0" + value.encode("utf-8", "surrogatepass"), hashlib.sha256)

    def uid(self, value: str) -> str:
        """Return `2.25.` and 128 bits in decimal; UIDs that the standard registers stay, and empty stays empty.

        Only UIDs that PS3.6 lists count as registered: an invented one under the standard's root names an object.
        """
        value = value.strip(" \0")
        if not value or value in UID_dictionary:
            return value
        return f"2.25.{int.from_bytes(self._digest('uid', value)[:16], 'big')}"

    def patient(self, value: str) -> str:
        """Return the pseudonym of a patient: `P` and 19 hex digits (76 bits)."""
        return f"P{self._digest('patient', _plain(value)).hex()[:19].upper()}"

    def accession(self, value: str) -> str:
        """Return the pseudonym of an accession number: `A` and 15 hex digits, as long as the VR SH allows."""
        return f"A{self._digest('accession', _plain(value)).hex()[:15].upper()}" if _plain(value) else ""

    def offset_days(self, patient: str) -> int:
        """Return by how many days the dates of a patient (the original id) move back: 1 to 3650."""
        return 1 + int.from_bytes(self._digest("offset", _plain(patient))[:8], "big") % _MOST_DAYS


def _plain(value: str) -> str:
    return value.strip(" \0")
