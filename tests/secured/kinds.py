"""The embedded servers with TLS: Kafka asks for a certificate and a SCRAM login, MongoDB for a user."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from spinestream.embedded import Addresses
from spinestream.embedded.broker import Kafka
from spinestream.embedded.credentials import USER
from spinestream.embedded.processes import Identity, identity, spawn, terminate
from spinestream.embedded.server import Place, Server, port_answers, with_ports
from spinestream.embedded.state import ServerRecord, write_private
from spinestream.embedded.store import MongoDB
from tests.secured.authority import Authority

TLS = """\
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={truststore}
listener.name.client.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{user}
"""
DEADLINE = 90.0


class SecuredKafka(Kafka):
    """Its clients' listener is SASL_SSL and asks for a certificate too; its own user alone needs no rule."""

    def __init__(self, place: Place, authority: Authority) -> None:
        super().__init__(place)
        self._authority = authority

    def configure(self) -> None:
        """Write the configuration, and the certificates into it."""
        super().configure()
        plain = self.config.read_text()
        assert plain.count("CLIENT:SASL_PLAINTEXT") == 1
        secured = plain.replace("CLIENT:SASL_PLAINTEXT", "CLIENT:SASL_SSL")
        files = TLS.format(keystore=self._authority.server_both, truststore=self._authority.ca, user=USER)
        write_private(self.config, secured + files)

    def address(self) -> Addresses:
        """Bootstrap server, login, certificates."""
        return replace(
            super().address(),
            kafka_protocol="SASL_SSL",
            kafka_ca_file=str(self._authority.ca),
            kafka_certificate_file=str(self._authority.client_certificate),
            kafka_key_file=str(self._authority.client_key),
        )


class SecuredMongoDB(MongoDB):
    """It takes TLS and nothing else."""

    def __init__(self, place: Place, authority: Authority) -> None:
        super().__init__(place)
        self._authority = authority

    def configure(self) -> None:
        """Write the configuration, and the certificates into it."""
        super().configure()
        settings = json.loads(self.config.read_text())
        settings["net"]["tls"] = {
            "mode": "requireTLS",
            "certificateKeyFile": str(self._authority.server_both),
            "CAFile": str(self._authority.ca),
            "allowConnectionsWithoutCertificates": True,
        }
        write_private(self.config, json.dumps(settings))

    def _url(self, login: str) -> str:
        return f"{super()._url(login)}&tls=true&tlsCAFile={self._authority.ca}"


Kind = type[SecuredKafka] | type[SecuredMongoDB]


@contextmanager
def running(kind: Kind, workdir: Path, authority: Authority) -> Iterator[Addresses]:
    """Run a server in a work folder of its own until the end; gives where it is, when it answers."""
    ports = with_ports(ServerRecord(), controller=kind.needs_controller_port)
    server = kind(Place(workdir, kind.name, ports.port, ports.controller_port), authority)
    server.check_installed()
    server.make_folders()
    server.configure()
    process = spawn(server.command(), folder=server.place.folder, console=server.place.console)
    started = identity(process.pid) or Identity(process.pid, 0)
    try:
        _wait_ready(server, process)
        yield server.address()
    finally:
        terminate([started], 20.0)
        process.wait()


def _wait_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline, last = time.monotonic() + DEADLINE, "it does not listen"
    while process.poll() is None and time.monotonic() < deadline:
        if port_answers(server.place.port):
            try:
                server.probe(5.0)
            except Exception as error:  # noqa: BLE001 - each client has its own, and any means: not yet
                last = repr(error)
            else:
                return
        time.sleep(0.05)
    raise AssertionError("\n".join([f"{server.name} does not answer: {last}", *server.log_tail()]))
