"""The blob store's contract, kept by a folder and by an fsspec URL; and what only a folder can show: durability."""

from __future__ import annotations

import asyncio
import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pytest

from generation.ids import digest
from streams.blobs import BlobStore
from streams.errors import BlobDamaged, BlobMissing, DependencyDown

ABSENT = digest(b"bytes that nobody put")


class BlobStoreContract:
    """Give a fixture `store`, and a way to look under its surface."""

    def files(self, store: BlobStore) -> list[str]:
        return sorted(store._fs.find(store._root))

    def overwrite(self, store: BlobStore, address: str, content: bytes) -> None:
        store._fs.pipe_file(store._place(address), content)

    @pytest.mark.parametrize("content", [b"", b"\x00", b"page 1", "第四腰椎".encode(), bytes(range(256)) * 4000])
    def test_what_was_put_is_got_by_its_sha256(self, store, content) -> None:
        address = store.put_now(content)
        assert address == digest(content)
        assert store.get_now(address) == content
        assert store.has(address)

    def test_the_same_bytes_are_stored_once(self, store) -> None:
        assert store.put_now(b"page 1") == store.put_now(b"page 1")
        store.put_now(b"page 2")
        assert len(self.files(store)) == 2

    def test_bytes_that_nobody_put_are_missing(self, store) -> None:
        assert not store.has(ABSENT)
        with pytest.raises(BlobMissing, match=ABSENT):
            store.get_now(ABSENT)
        store.put_now(b"others")
        with pytest.raises(BlobMissing, match=ABSENT):
            store.get_now(ABSENT)

    @pytest.mark.parametrize("damage", [b"page", b"page 1 and more", b"", b"pagf 1"])
    def test_bytes_that_changed_are_damaged_and_not_returned(self, store, damage) -> None:
        address = store.put_now(b"page 1")
        self.overwrite(store, address, damage)
        with pytest.raises(BlobDamaged, match=address):
            store.get_now(address)

    def test_what_is_erased_is_gone_and_may_be_put_again(self, store) -> None:
        address = store.put_now(b"page 1")
        other = store.put_now(b"page 2")
        store.erase(address)
        assert not store.has(address)
        with pytest.raises(BlobMissing):
            store.get_now(address)
        assert store.get_now(other) == b"page 2"
        assert store.put_now(b"page 1") == address
        assert store.get_now(address) == b"page 1"

    def test_erasing_what_is_not_there_does_nothing(self, store) -> None:
        store.erase(ABSENT)
        address = store.put_now(b"page 1")
        store.erase(address)
        store.erase(address)

    def test_eight_threads_that_put_the_same_bytes_store_them_once(self, store) -> None:
        content = os.urandom(300_000)
        barrier = threading.Barrier(8)

        def put(_: int) -> str:
            barrier.wait(10)
            return store.put_now(content)

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(put, range(8))) == {digest(content)}
        assert store.get_now(digest(content)) == content
        assert len(self.files(store)) == 1

    def test_two_threads_that_erase_the_same_bytes_do_not_disturb_each_other(self, store) -> None:
        for number in range(20):
            address = store.put_now(f"page {number}".encode())
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(store.erase, [address, address]))
            assert not store.has(address)

    def test_put_and_get_do_not_hold_up_the_event_loop(self, store) -> None:
        async def check() -> None:
            addresses = await asyncio.gather(*(store.put(f"page {n}".encode()) for n in range(8)))
            assert await asyncio.gather(*map(store.get, addresses)) == [f"page {n}".encode() for n in range(8)]

        asyncio.run(check())

    def test_another_client_of_the_same_place_finds_the_bytes(self, store, url) -> None:
        address = store.put_now(b"page 1")
        assert BlobStore(url).get_now(address) == b"page 1"


class TestFolder(BlobStoreContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return str(tmp_path / "blobs")

    @pytest.fixture
    def store(self, url: str) -> BlobStore:
        return BlobStore(url)

    def test_a_reader_never_sees_a_blob_that_is_half_written(self, store) -> None:
        content = os.urandom(4_000_000)
        address = digest(content)
        seen: list[int] = []
        stop = threading.Event()

        def read() -> None:
            while not stop.is_set():
                try:
                    seen.append(len(store.get_now(address)))
                except BlobMissing:
                    seen.append(0)

        with ThreadPoolExecutor(2) as pool:
            readers = [pool.submit(read) for _ in range(2)]
            for _ in range(10):
                store.erase(address)
                store.put_now(content)
            stop.set()
            for one in readers:
                one.result(10)
        assert set(seen) <= {0, len(content)}

    def test_the_bytes_are_on_the_disk_before_they_have_their_name(self, store, monkeypatch) -> None:
        order: list[str] = []
        fsync, replace = os.fsync, Path.replace
        monkeypatch.setattr(os, "fsync", lambda handle: order.append("sync") or fsync(handle))
        monkeypatch.setattr(Path, "replace", lambda self, to: order.append("name") or replace(self, to))
        store.put_now(b"page 1")
        assert order == ["sync", "name", "sync"]

    def test_a_disk_that_is_full_leaves_nothing_behind_and_is_nobodys_fault(self, store, monkeypatch) -> None:
        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(DependencyDown, match="blob store"):
                store.put_now(b"page 1")
        assert self.files(store) == []
        assert store.get_now(store.put_now(b"page 1")) == b"page 1"

    def test_what_a_killed_writer_left_is_no_blob(self, store) -> None:
        address = digest(b"page 1")
        left = Path(store._place(address) + ".0123.part")
        left.parent.mkdir(parents=True)
        left.write_bytes(b"pa")
        assert not store.has(address)
        assert store.get_now(store.put_now(b"page 1")) == b"page 1"

    def test_a_folder_that_cannot_be_used_is_nobodys_fault(self, tmp_path) -> None:
        (tmp_path / "blobs").write_text("a file stands where the folder should be")
        store = BlobStore(str(tmp_path / "blobs"))
        for use in (lambda: store.put_now(b"page 1"), lambda: store.get_now(ABSENT)):
            with pytest.raises(DependencyDown, match="blob store"):
                use()


class TestMemory(BlobStoreContract):
    @pytest.fixture
    def url(self) -> str:
        return f"memory://{uuid.uuid4().hex}"

    @pytest.fixture
    def store(self, url: str) -> BlobStore:
        return BlobStore(url)

    def test_a_store_that_does_not_answer_is_nobodys_fault(self, store, monkeypatch) -> None:
        def away(*_: object, **__: object) -> None:
            raise RuntimeError("endpoint unreachable")

        memory = type(fsspec.filesystem("memory"))
        for name in ("exists", "cat_file", "rm_file"):
            monkeypatch.setattr(memory, name, away)
        uses = (store.put_now, store.get_now, store.has, store.erase)
        for use, argument in zip(uses, (b"page", ABSENT, ABSENT, ABSENT), strict=True):
            with pytest.raises(DependencyDown, match="blob store"):
                use(argument)
