"""What an original is called on disk: digests keyed with the site's secret, so that no name tells an identifier."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

_META = slice(128, 140)
_META_START = b"DICM\x02\x00\x00\x00UL\x04\x00"
_META_ENDS = 144
"""Where the length that (0002,0000) gives is counted from."""


@dataclass(frozen=True, slots=True)
class SpoolNames:
    """Names of one site."""

    key: bytes = field(repr=False)

    def study(self, uid: str) -> str:
        """Return the folder of a study: 32 hex digits."""
        return self._keyed("study", uid.encode())[:32]

    def instance(self, uid: str, content: bytes) -> str:
        """Return the spool id of an instance: 24 hex digits of its SOP Instance UID, 16 of its data set."""
        return f"{self._keyed('instance', uid.encode())[:24]}-{self.content(content)}"

    def content(self, content: bytes) -> str:
        """Return 16 hex digits of some bytes; of a DICOM file without its file meta, which every sender makes anew."""
        return self._keyed("bytes", memoryview(content)[_data_set(content) :])[:16]

    def _keyed(self, domain: str, value: bytes | memoryview) -> str:
        made = hmac.new(self.key, f"spool|{domain}|".encode(), hashlib.sha256)
        made.update(value)
        return made.hexdigest()


def _data_set(content: bytes) -> int:
    """Return where the data set of a DICOM file begins, 0 where its file meta has no length."""
    if content[_META] != _META_START:
        return 0
    return _META_ENDS + int.from_bytes(content[140:144], "little")
