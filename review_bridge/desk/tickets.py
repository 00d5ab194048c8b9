"""The session cookie: who signed in, signed by a key of this deployment, good for some hours."""

from __future__ import annotations

from typing import NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer


class Ticket(NamedTuple):
    """What a session cookie says."""

    name: str
    """The reviewer's."""
    stamp: str
    """The reviewer's stamp when they signed in (`review_bridge.reviewers`)."""


class Tickets:
    """Issues and reads session cookies."""

    def __init__(self, key: str, hours: float) -> None:
        """`key` is the deployment's secret; a ticket is good for `hours`."""
        self._serializer = URLSafeTimedSerializer(key, salt="spinestream.desk")
        self.seconds = int(hours * 3600)
        """How long a ticket is good."""

    def issue(self, ticket: Ticket) -> str:
        """Return the text of a ticket."""
        return str(self._serializer.dumps([*ticket]))

    def read(self, text: str | None) -> Ticket | None:
        """Return the ticket, None where there is none, it is not ours or its time is over."""
        try:
            name, stamp = self._serializer.loads(text or "", max_age=self.seconds)
        except (BadData, ValueError, TypeError):
            return None
        return Ticket(str(name), str(stamp))
