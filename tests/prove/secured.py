"""The contract suites again, on servers with TLS and logins, and on a bucket."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.prove.row import Row, row

ROOT = Path(__file__).resolve().parents[2]
SUITES = {
    "broker and publisher": ("tests/streams/test_broker_contract.py",),
    "the loop": ("tests/streams/test_loop.py", "tests/streams/test_dead_letters.py", "tests/streams/test_outbox.py"),
    "dependencies that are away": ("tests/streams/test_dependency_down.py",),
    "the reconciler and its ledger": ("tests/streams/test_reconciler.py", "tests/review_bridge/test_ledger.py"),
    "Faust": ("tests/streams/trends",),
    "the sample store": (
        *("tests/review_bridge/test_merge.py", "tests/review_bridge/test_store_queries.py"),
        *("tests/review_bridge/test_decisions.py", "tests/review_bridge/test_withdrawal.py"),
    ),
    "queue and leases": ("tests/review_bridge/test_queue.py", "tests/review_bridge/test_leases.py"),
    "engine actors on Ray": ("tests/actors/pools/test_ray_pool.py",),
    "claims, usage, routes": ("tests/actors/test_claims.py", "tests/actors/test_usage.py", "tests/actors/routes"),
    "clients, least rights, a deployment": (
        "-m",
        "",
        "tests/streams/test_secured_clients.py",
        "tests/secured",
        "tests/spinestream/test_reach.py",
    ),
}
"""By what they are the contract of."""


@row("tls")
def tls(folder: Path) -> Row:
    """The suites of broker, loop, store, queue and claims on servers with TLS."""
    found = Row(
        "TLS and logins: the contract suites on secured servers",
        "Kafka with TLS, client certificates and SCRAM-SHA-256, mongod with TLS and users, Redis (the wheel's without) "
        "behind a TLS proxy with an ACL user; certificates made by trustme",
    )
    for name, places in SUITES.items():
        _run(found, name, places, {"TEST_SERVERS": "secured"})
    return found


@row("s3")
def s3(folder: Path) -> Row:
    """The blob store's whole contract on a bucket."""
    found = Row("S3: the blob store's contract on a bucket", "s3fs at moto's server on loopback, with and without TLS")
    _run(found, "blob store", ("-m", "", "tests/streams/test_blob_bucket.py"), {})
    return found


def _run(found: Row, name: str, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    given = {**os.environ, **environment}
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines() or ["nothing was printed"]
    met = done.returncode == 0 and re.search(r"\d+ passed", lines[-1]) is not None
    found.check(f"{name}: {lines[-1].strip('= ')}", met)
    for line in lines:
        if line.startswith(("FAILED", "ERROR")):
            found.say(line[:200])
