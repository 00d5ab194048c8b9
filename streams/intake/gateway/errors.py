"""Why the gateway does not take something now."""

from __future__ import annotations

from streams.errors import StreamsError


class SpoolFull(StreamsError):
    """The spool's disk is below its watermark: nothing was kept, the sender is to try again later."""


class QuarantineUnknown(StreamsError):
    """No quarantined object of that spool id."""
