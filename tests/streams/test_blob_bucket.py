"""The blob store's contract, kept by a bucket of a local server; what only a bucket can refuse, and how it is told."""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.blobs import BlobStore
from streams.errors import BlobMissing, BlobStoreUnusable, DependencyDown
from tests.secured.authority import Authority
from tests.secured.bucket import BucketServer, bucket_server
from tests.secured.proxy import TlsProxy
from tests.streams.test_blob_store import ABSENT, BlobStoreContract

MIB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketServer]:
    with bucket_server(tmp_path_factory.mktemp("bucket")) as running:
        yield running


@pytest.fixture
def bucket(server: BucketServer) -> str:
    name = f"blobs-{uuid.uuid4().hex}"
    server.client().create_bucket(Bucket=name)
    return name


class InBucket:
    @pytest.fixture
    def url(self, bucket: str) -> str:
        return f"s3://{bucket}/deployment/blobs"

    @pytest.fixture(autouse=True)
    def _environment(self, server: BucketServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a role is told."""
        settings = server.settings()
        for name in ("endpoint", "region", "key_file", "secret_file"):
            monkeypatch.setenv(f"SPINESTREAM_S3_{name.upper()}", getattr(settings, name))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name, raising=False)

    @pytest.fixture
    def store(self, url: str) -> BlobStore:
        return BlobStore(url)


@pytest.mark.long
class TestContract(InBucket, BlobStoreContract):
    """The whole contract: `make prove ROWS=s3`."""


class TestBucket(InBucket):
    def test_bytes_are_put_got_and_erased(self, store, url, bucket, server) -> None:
        store.check()
        address = store.put_now(b"page 1")
        assert store.put_now(b"page 1") == address
        assert BlobStore(url).get_now(address) == b"page 1"
        [found] = server.client().list_objects_v2(Bucket=bucket)["Contents"]
        assert found["Key"] == f"deployment/blobs/{address[:2]}/{address[2:]}"
        store.erase(address)
        assert not store.has(address)
        assert "Contents" not in server.client().list_objects_v2(Bucket=bucket)
        with pytest.raises(BlobMissing, match=address):
            store.get_now(address)

    @pytest.mark.long
    def test_what_another_process_put_or_erased_is_seen_at_once(self, store, url) -> None:
        other = BlobStore(url)
        assert not store.has(ABSENT)
        address = other.put_now(b"page 1")
        assert store.has(address)
        other.erase(address)
        assert not store.has(address)

    def test_a_bucket_that_is_not_there_is_told_and_no_blob_is_called_missing(self, server) -> None:
        store = BlobStore("s3://no-such-bucket/blobs")
        with pytest.raises(BlobStoreUnusable, match=r"no bucket no-such-bucket.*SPINESTREAM_BLOBS"):
            store.check()
        uses = (store.put_now, store.get_now, store.has, store.erase)
        for use, argument in zip(uses, (b"page", ABSENT, ABSENT, ABSENT), strict=True):
            with pytest.raises(DependencyDown, match="no bucket no-such-bucket"):
                use(argument)

    def test_access_that_is_refused_is_told_without_a_key_and_mended_keys_are_taken_up(
        self, store, bucket, server
    ) -> None:
        address = store.put_now(b"page 1")
        with server.refusing():
            with pytest.raises(BlobStoreUnusable, match=f"access to bucket {bucket} is refused"):
                store.check()
            with pytest.raises(DependencyDown, match="access") as raised:
                store.get_now(address)
            assert "of-tests" not in str(raised.value)
        before = store._store
        assert store.get_now(address) == b"page 1"
        assert store._store is not before

    @pytest.mark.long
    def test_a_server_that_is_away_is_nobodys_fault_and_soon_known(self, bucket, server) -> None:
        with TlsProxy(1, Authority(server.folder / "away").server_context()) as nobody:
            port = nobody.port
        store = BlobStore(f"s3://{bucket}/x", server.settings(endpoint=f"http://127.0.0.1:{port}"))
        began = time.monotonic()
        for use in (store.check, lambda: store.put_now(b"page"), lambda: store.get_now(ABSENT)):
            with pytest.raises(DependencyDown, match="blob store"):
                use()
        assert time.monotonic() - began < 20

    def test_a_bucket_that_keeps_old_versions_is_warned_of(self, store, bucket, server, caplog) -> None:
        with caplog.at_level(logging.WARNING, "streams.object_store"):
            store.check()
            assert not caplog.records
            kept = {"Status": "Enabled"}
            server.client().put_bucket_versioning(Bucket=bucket, VersioningConfiguration=kept)
            store.check()
        assert f"bucket {bucket} keeps old versions" in caplog.text

    @pytest.mark.long
    def test_over_tls_a_server_of_a_strange_authority_is_not_spoken_to(self, bucket, server) -> None:
        trusted, strange = Authority(server.folder / "trusted"), Authority(server.folder / "strange")
        with TlsProxy(server.port, trusted.server_context()) as proxy:
            at = f"https://127.0.0.1:{proxy.port}"
            store = BlobStore(f"s3://{bucket}/x", server.settings(endpoint=at, ca_file=str(trusted.ca)))
            assert store.get_now(store.put_now(b"page 1")) == b"page 1"
            other = BlobStore(f"s3://{bucket}/x", server.settings(endpoint=at, ca_file=str(strange.ca)))
            with pytest.raises(DependencyDown, match="blob store"):
                other.put_now(b"page 2")

    @pytest.mark.long
    def test_a_process_that_was_forked_off_opens_its_own_connections(self, store) -> None:
        address = store.put_now(b"page 1")
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            answer = b"?"
            try:
                answer = store.get_now(address)
            finally:
                os.write(writer, answer)
                os._exit(0)
        os.close(writer)
        try:
            ready, _, _ = select.select([reader], [], [], 30)
            assert ready, "the child does not answer"
            assert os.read(reader, 100) == b"page 1"
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(reader)

    @pytest.mark.long
    def test_a_blob_that_goes_in_parts_comes_back_whole(self, store) -> None:
        content = os.urandom(MIB) * 120
        assert store.get_now(store.put_now(content)) == content


def test_without_the_extra_it_is_told_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['s3fs'] = None\n"
        "from streams.blobs import BlobStore; from streams.errors import BlobStoreUnusable\n"
        "try: BlobStore('s3://bucket/x')\n"
        "except BlobStoreUnusable as error: print(error)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert "install spinestream[s3]" in done.stdout


@pytest.mark.parametrize(
    ("url", "told"),
    [("s3://me:hidden@bucket/x", "holds a login"), ("nowhere://hidden@host/x", "nowhere:// is of no known kind")],
)
def test_a_url_that_no_store_has_is_refused_and_not_quoted(url: str, told: str) -> None:
    with pytest.raises(BlobStoreUnusable, match=told) as raised:
        BlobStore(url)
    assert "hidden" not in str(raised.value)
