"""Errors of the event backbone, named after the cause."""

from __future__ import annotations


class StreamsError(Exception):
    """Base of every error raised by `streams`."""


class EventInvalid(StreamsError):
    """A record is not an event of its topic: envelope header missing, unknown type, or a value that does not parse."""


class EventTooLarge(StreamsError):
    """An event is larger than a broker takes; it costs the item it is about, sending it again does not help."""


class DependencyDown(StreamsError):
    """Broker, store, queue, blob store or engine does not answer now. It is nobody's fault: consumption waits, no
    attempt counts."""

    def __init__(self, dependency: str, why: str) -> None:
        super().__init__(f"{dependency} is not reachable ({why}); waiting for it")
        self.dependency = dependency


class LoginUnusable(StreamsError, ValueError):
    """A login, a certificate or a file of a secret is half set or cannot be read."""


class BlobStoreUnusable(StreamsError):
    """The blob store is not one that can be used as it is set: package, bucket, access; waiting does not help."""


class SourceRefused(StreamsError):
    """A source may not come in, with the reason."""


class BlobMissing(StreamsError):
    """A content address is referenced but its bytes are not in the blob store."""


class BlobDamaged(StreamsError):
    """The bytes under a content address no longer have its sha256."""


class DeadLetterUnknown(StreamsError):
    """No dead letter of that id."""
