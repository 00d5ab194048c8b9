"""Which of several servers gets the next request, and whether any of them still answers. Pure: time is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FIRST_REST_S, LONGEST_REST_S = 0.5, 15.0


@dataclass
class Server:
    """One server and how it fares."""

    url: str
    """Address up to and with `/v1`."""
    in_flight: int = 0
    failures: int = 0
    """In a row."""
    rests_until: float = 0.0
    has_too_much: bool = False
    """It rests because it asked to be left in peace for so long."""


class Fleet:
    """Servers of one model. Times are of any one clock, in seconds."""

    def __init__(self, urls: Sequence[str], now: float) -> None:
        self._servers = [Server(url.rstrip("/")) for url in urls]
        self._answered_at = now
        self._failing_since: float | None = None

    def choose(self, now: float) -> Server:
        """Return the server with the least work among those that do not rest; if all rest, the first to be back."""
        awake = [server for server in self._servers if server.rests_until <= now]
        if awake:
            return min(awake, key=lambda server: server.in_flight)
        return min(self._servers, key=lambda server: server.rests_until)

    def peace(self, now: float) -> float:
        """Return for how many seconds nobody is to be asked: every server rests, and the first to be back asked for
        it."""
        first = self.choose(now)
        return max(0.0, first.rests_until - now) if first.has_too_much else 0.0

    def answered(self, server: Server, now: float) -> None:
        """Note that a server answered a request, by an answer or by refusing it."""
        server.failures = 0
        server.rests_until = 0.0
        server.has_too_much = False
        self.lives(now)

    def asked_to_wait(self, server: Server, now: float, seconds: float) -> None:
        """Note that a server has too much work (429): it is alive, and rests."""
        server.rests_until = now + seconds
        server.has_too_much = True
        self.lives(now)

    def lives(self, now: float) -> None:
        """Note that some server made a token, or answered in another way."""
        self._answered_at = now
        self._failing_since = None

    def failed(self, server: Server, now: float) -> None:
        """Note that a server did not answer; it rests, for twice as long after each failure in a row."""
        server.failures += 1
        server.has_too_much = False
        if self._failing_since is None:
            self._failing_since = now
        server.rests_until = now + min(LONGEST_REST_S, FIRST_REST_S * 2 ** (server.failures - 1))

    def failing_for(self, now: float, busy_since: float) -> float:
        """Return for how long servers have failed and none has answered; `busy_since`: since when there is work."""
        return 0.0 if self._failing_since is None else now - max(self._failing_since, busy_since)

    def has_answered_since(self, moment: float) -> bool:
        """Return whether any server answered any request after a moment."""
        return self._answered_at > moment
