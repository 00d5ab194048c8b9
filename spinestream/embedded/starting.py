"""Starts one server: ports, configuration, process, state file, and a client call that answers."""

from __future__ import annotations

import os
import subprocess
import time

from spinestream.embedded.broker import Kafka
from spinestream.embedded.cache import Redis
from spinestream.embedded.errors import EmbeddedError, ServerFailed
from spinestream.embedded.processes import Identity, alive, holds, identity, spawn, terminate
from spinestream.embedded.server import Place, Server, port_answers, port_is_free, with_ports
from spinestream.embedded.state import ServerRecord, change
from spinestream.embedded.store import MongoDB

KINDS: dict[str, type[Server]] = {kind.name: kind for kind in (Kafka, MongoDB, Redis)}
SERVER_NAMES = tuple(KINDS)

PORT_ATTEMPTS = 3
PROBE_TIMEOUT_S = 5.0
PAUSE_S = 0.03

_ADVICE = "If its data may be lost, remove {folder}/data and start again; else mend what the log names."


class Running:
    """A server that this process started."""

    def __init__(self, server: Server, process: subprocess.Popen[bytes], started: Identity) -> None:
        self.server = server
        self.process = process
        self.identity = started

    @property
    def lives(self) -> bool:
        """Whether the process runs. Takes a dead child's exit code, so that no zombie stays."""
        return self.process.poll() is None


def start(place: Place, deadline_s: float) -> Running:
    """Start a server and wait until it answers. The caller holds the server's owner lock, and no other of ours runs.

    Raises `ServerFailed` after `deadline_s`, or at once when the process ends; nothing is left running then.
    """
    for attempt in range(PORT_ATTEMPTS):
        server = _settle(place)
        running = _launch(server)
        try:
            _wait_ready(running, time.monotonic() + deadline_s)
        except BaseException:
            ended_by_itself = not running.lives
            terminate([running.identity], 5.0)
            running.process.wait()
            if ended_by_itself and attempt + 1 < PORT_ATTEMPTS and _port_was_taken(server):
                continue
            raise
        change(place.workdir, place.name, lambda record: record.model_copy(update={"ready": True}))
        return running
    raise AssertionError("the last attempt returns or raises")


def server_at(place: Place, record: ServerRecord) -> Server:
    """The server of this place at the ports of its state entry."""
    return KINDS[place.name](Place(place.workdir, place.name, record.port, record.controller_port))


def reap_survivor(place: Place, record: ServerRecord, deadline_s: float) -> bool:
    """End what an owner that is dead left running; True if something was. Another's process is never touched:

    pid and start time are those in the state file, and the command line names this work folder's configuration.
    """
    survivor = record.process
    if record.pid == 0 or not alive(survivor) or not holds(record.pid, server_at(place, record).config):
        return False
    terminate([survivor], deadline_s)
    return True


def _settle(place: Place) -> Server:
    """Choose the ports, write the configuration."""
    controller = KINDS[place.name].needs_controller_port
    record = change(
        place.workdir,
        place.name,
        lambda known: with_ports(known, controller=controller).model_copy(update={"pid": 0, "ready": False}),
    )
    server = server_at(place, record)
    server.check_installed()
    server.make_folders()
    server.configure()
    return server


def _launch(server: Server) -> Running:
    place = server.place
    process = spawn(server.command(), folder=place.folder, console=place.console)
    started = identity(process.pid) or Identity(process.pid, 0)
    owner = identity(os.getpid())
    assert owner is not None
    change(
        place.workdir,
        place.name,
        lambda record: record.model_copy(
            update={
                "pid": started.pid,
                "started": started.started,
                "owner_pid": owner.pid,
                "owner_started": owner.started,
            }
        ),
    )
    return Running(server, process, started)


def _wait_ready(running: Running, until: float) -> None:
    """Probe until a client call is answered. What the probe raised last is told by its type: it may quote a URL."""
    server, last = running.server, "no answer"
    while True:
        code = running.process.poll()
        if code is not None:
            raise _failed(server, f"ended while it started (exit code {code})")
        left = until - time.monotonic()
        if left <= 0:
            raise _failed(server, f"did not answer in time ({last})")
        if not port_answers(server.place.port):  # a client would wait out its back-off; a dead server is seen at once
            time.sleep(PAUSE_S)
            continue
        try:
            server.probe(min(PROBE_TIMEOUT_S, left))
        except EmbeddedError:
            raise
        except Exception as error:  # noqa: BLE001 - each client has its own, and any means: not yet
            last = type(error).__name__
            time.sleep(PAUSE_S)
        else:
            return


def _failed(server: Server, what: str) -> ServerFailed:
    place = server.place
    return ServerFailed(
        server.name,
        what,
        place.log.relative_to(place.workdir),
        server.log_tail(),
        _ADVICE.format(folder=place.folder.relative_to(place.workdir)),
    )


def _port_was_taken(server: Server) -> bool:
    """Whether someone else took a port between our look and the server's start."""
    ports = (server.place.port, server.place.controller_port)
    return any(port and not port_is_free(port) for port in ports)
