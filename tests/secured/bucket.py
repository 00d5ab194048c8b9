"""A server that speaks S3 on loopback, from the package moto, with buckets to put blobs into."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session

from streams.object_store import S3Settings

KEY, SECRET = "a-key-of-tests", "a-secret-of-tests"


@dataclass(frozen=True)
class BucketServer:
    """Where it is, and how it is asked as its owner."""

    port: int
    folder: Path
    """Where files of keys are put."""

    @property
    def endpoint(self) -> str:
        """Its URL, without TLS."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **other: str) -> S3Settings:
        """Return how a client reaches it, keys in files."""
        files = {"key_file": self._file("key", KEY), "secret_file": self._file("secret", SECRET)}
        return S3Settings.model_validate({"endpoint": self.endpoint, "region": "us-east-1", **files, **other})

    def client(self) -> Any:
        """Return a client of botocore."""
        names = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
        return botocore.session.get_session().create_client("s3", endpoint_url=self.endpoint, **names)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Let the server refuse every key meanwhile: it knows no user, and asks for one."""
        self._ask_for_users("0")
        try:
            yield
        finally:
            self._ask_for_users("inf")

    def _ask_for_users(self, after: str) -> None:
        plain = {"Content-Type": "text/plain"}
        asked = urllib.request.Request(f"{self.endpoint}/moto-api/reset-auth", after.encode(), plain, method="POST")
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == 200

    def _file(self, name: str, content: str) -> str:
        path = self.folder / name
        path.write_text(content + "\n")
        return str(path)


# A process of its own: vLLM asks every module that is loaded what it holds, and Flask's answer with an error.
_SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def bucket_server(folder: Path) -> Iterator[BucketServer]:
    """Run the server until the end; it leaves with us, whatever ends us."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = process.stdout.readline()
            assert told.strip().isdigit(), "the server of buckets did not start; what it said is on stderr"
            yield BucketServer(int(told), folder)
        finally:
            process.stdin.close()
            process.wait(30)
