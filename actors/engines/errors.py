"""What can go wrong with an engine. A message says what, where (ids) and what to do, and never quotes a prompt."""

from __future__ import annotations


class EngineError(Exception):
    """Base of every error raised by `actors.engines`."""


class RequestFailed(EngineError):
    """No engine of this model can answer this request: it costs one item, and asking again does not help."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        """A short stable word: `prompt-too-long`, `bad-schema`, `bad-request`."""
        self.detail = detail

    def __reduce__(self) -> tuple[type[RequestFailed], tuple[str, str]]:
        return type(self), (self.reason, self.detail)


class EngineDead(EngineError):
    """The engine is gone: every pending and every later call raises this; another engine may answer the request."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class EngineNotUsable(EngineError):
    """The engine cannot be started as configured: unknown name, missing package or model, wrong settings."""


class ServersAway(EngineNotUsable):
    """None of the servers of an engine elsewhere answers now; they may come back."""


class SelfTestFailed(EngineDead):
    """The engine lives and does not answer its self-test, or not with the adapter that it was asked with."""
