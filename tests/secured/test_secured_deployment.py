"""A deployment on servers of one's own: TLS and logins from files at Kafka, MongoDB and Redis, blobs in a bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from spinestream.embedded import addresses_from_environment
from spinestream.embedded.environment import SIDE_VARIABLES
from spinestream.wiring import broker_settings
from streams.broker import Broker
from streams.server_url import ServerUrl
from tests.secured.bucket import BucketServer, bucket_server
from tests.secured.servers import SecuredServers
from tests.spinestream.cli.front_door import Answer, spinestream, wait_for, write_documents

pytestmark = pytest.mark.long
BUCKET = "spine"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BucketServer]:
    with bucket_server(tmp_path) as running:
        running.client().create_bucket(Bucket=BUCKET)
        yield running


@pytest.fixture
def told(secured: SecuredServers, server: BucketServer, topic_prefix: str, tmp_path: Path) -> dict[str, str]:
    """What an operator sets."""
    fields, secret_files = secured.addresses.kafka_fields(), {}
    urls = {name: ServerUrl.read(getattr(secured.addresses, name)) for name in ("mongodb", "redis")}
    passwords = {"kafka": fields["password"], **{name: url.password for name, url in urls.items()}}
    for name, password in passwords.items():
        secret_files[name] = tmp_path / f"password-of-{name}"
        secret_files[name].write_text(password + "\n")
    found = {
        "SPINESTREAM_KAFKA": fields["bootstrap"],
        **{
            f"SPINESTREAM_KAFKA_{name.upper()}": fields[name]
            for name in ("protocol", "mechanism", "username", "ca_file", "certificate_file", "key_file")
        },
        "SPINESTREAM_KAFKA_PREFIX": topic_prefix,
        "SPINESTREAM_DATABASE": "t" + topic_prefix.rstrip(".")[-12:],
        "SPINESTREAM_BLOBS": f"s3://{BUCKET}/blobs",
    }
    for name, url in urls.items():
        trust = {"tls": "", "tlsCAFile": "", "ssl_ca_certs": ""}
        found[f"SPINESTREAM_{name.upper()}"] = replace(url, user="", password="").having(trust).text
        found[f"SPINESTREAM_{name.upper()}_USERNAME"] = url.user
        found[f"SPINESTREAM_{name.upper()}_CA_FILE"] = str(secured.authority.ca)
    found |= {f"SPINESTREAM_{name.upper()}_PASSWORD_FILE": str(path) for name, path in secret_files.items()}
    s3 = server.settings()
    return found | {
        f"SPINESTREAM_S3_{name.upper()}": getattr(s3, name) for name in ("endpoint", "key_file", "secret_file")
    }


def done(answer: Answer) -> Answer:
    assert answer.code == 0, f"{answer.err}\n{answer.out}"
    return answer


def test_documents_come_in_over_tls_into_a_bucket(told, secured, server, tmp_path, monkeypatch) -> None:
    work = tmp_path / "W"
    done(spinestream("config", "apply", "--workdir", work, **told))
    up = done(spinestream("up", "intake", "store", "trends", "--workdir", work, "--detach", **told))
    passwords = [Path(path).read_text().strip() for name, path in told.items() if name.endswith("PASSWORD_FILE")]
    try:
        done(spinestream("ingest", write_documents(tmp_path / "in"), "--workdir", work, **told))
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        with closing(Broker(broker_settings(addresses_from_environment()))) as broker:

            def split() -> bool:
                return sum(one.end for one in broker.states("read", ["passages"]).values()) >= 3

            wait_for(split, 90, "three documents to be split")
            wait_for(lambda: broker.lag("trends", ["sources", "passages"]) == 0, 90, "Faust to have read them")
        for environ in (path.read_bytes().split(b"\0") for path in _environments(work)):
            assert not [one for one in environ if one.partition(b"=")[0].decode() in SIDE_VARIABLES]
            assert not [one for one in environ if any(secret.encode() in one for secret in passwords)]
    finally:
        down = done(spinestream("down", "--workdir", work, **told))
    assert server.client().list_objects_v2(Bucket=BUCKET, Prefix="blobs/")["KeyCount"] >= 3
    assert not [*(work / "blobs").rglob("*")]
    kept = [path.read_text(errors="replace") for folder in ("run", "logs") for path in (work / folder).rglob("*.*")]
    for text in (up.out, up.err, down.err, *kept):
        assert not any(secret in text for secret in passwords)


def _environments(work: Path) -> list[Path]:
    pids = json.loads((work / "run" / "roles.json").read_text()).values()
    return [Path(f"/proc/{pid}/environ") for pid in pids]


def test_a_bucket_that_is_not_there_is_told_before_anything_waits(told, tmp_path) -> None:
    wrong = {**told, "SPINESTREAM_BLOBS": "s3://no-such-bucket/blobs"}
    answer = spinestream("config", "apply", "--workdir", tmp_path / "W", **wrong)
    assert answer.code == 2
    assert "no bucket no-such-bucket" in answer.err
