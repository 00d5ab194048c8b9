"""What every embedded server has: a place in the work folder, a configuration, a command, a check."""

from __future__ import annotations

import random
import socket
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from spinestream.embedded.addresses import Addresses
from spinestream.embedded.credentials import mask
from spinestream.embedded.state import ServerRecord, servers_folder

LOOPBACK = "127.0.0.1"
TAIL_LINES = 12
LOG_LIMIT = 16 * 1024 * 1024
PORTS = (20_000, 30_000)
"""Below the range from which the kernel takes ports for outgoing connections (32768 and up on Linux): from there a
stopped server's port could be lost to any client's connection."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one server of a work folder lives. `workdir` is absolute."""

    workdir: Path
    name: str
    port: int = 0
    controller_port: int = 0

    @property
    def folder(self) -> Path:
        """The server's own folder, `servers/NAME`."""
        return self.workdir / "servers" / self.name

    @property
    def data(self) -> Path:
        """The folder of its data files."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / f"{self.name}.log"

    @property
    def console(self) -> Path:
        """What the process itself prints."""
        return self.folder / "console.log"


class Server(ABC):
    """One kind of server. Instances hold nothing but their place; whoever starts it holds the process."""

    name: ClassVar[str]
    config_file: ClassVar[str]
    """Name of the configuration file, whose absolute path is on the command line of the running server."""
    needs_controller_port: ClassVar[bool] = False

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.place.folder / self.config_file

    @abstractmethod
    def check_installed(self) -> None:
        """Raise `PackageMissing` or `JarsUnavailable` if it cannot run here."""

    @abstractmethod
    def configure(self) -> None:
        """Write the configuration for the place's port and make the data folder ready. The folders exist."""

    @abstractmethod
    def command(self) -> list[str]:
        """Program and arguments; the configuration's path is among them and no secret is."""

    @abstractmethod
    def probe(self, timeout_s: float) -> None:
        """Make a real client call and finish what a first start leaves open; raises while it cannot be answered."""

    @abstractmethod
    def address(self) -> Addresses:
        """The address a client uses, with the login."""

    def make_folders(self) -> None:
        """Make the folders (0700), and put a log that has grown too long aside."""
        servers_folder(self.place.workdir)
        for folder in (self.place.folder, self.place.data):
            folder.mkdir(mode=0o700, exist_ok=True)
        for log in (self.place.log, self.place.console):
            if log.exists() and log.stat().st_size > LOG_LIMIT:
                log.replace(log.with_name(f"{log.name}.1"))

    def log_tail(self, lines: int = TAIL_LINES) -> list[str]:
        """The last lines of log and console, secrets blotted out, each cut to 300 characters, Java's stack left out."""
        found: list[str] = []
        for log in (self.place.log, self.place.console):
            if log.exists():
                with log.open(encoding="utf-8", errors="replace") as file:
                    found.extend(deque((line.rstrip()[:300] for line in file if not line.startswith("\tat ")), lines))
        return [mask(line, self.place.workdir) for line in found]


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def port_answers(port: int, timeout_s: float = 0.2) -> bool:
    """Whether anything accepts connections on this loopback port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=timeout_s).close()
    except OSError:
        return False
    return True


def with_ports(record: ServerRecord, *, controller: bool) -> ServerRecord:
    """The record with its ports kept where they are free, and chosen anew where they are unset or taken."""
    port = record.port if record.port and port_is_free(record.port) else _free_port()
    if not controller:
        return record.model_copy(update={"port": port})
    second = record.controller_port
    while not second or second == port or not port_is_free(second):
        second = _free_port()
    return record.model_copy(update={"port": port, "controller_port": second})


def _free_port() -> int:
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(*PORTS)
        if port_is_free(port):
            return port
