"""The content-addressed blob store (claim check): bytes lie under their sha256 in a folder or a bucket (s3://);
events carry the address."""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generation.ids import digest
from streams.errors import BlobDamaged, BlobMissing, DependencyDown
from streams.object_store import S3Settings, bucket_of, check_bucket, is_s3, open_store, reason


class BlobStore:
    """Immutable bytes by content address. The same bytes put twice are stored once.

    Every method raises DependencyDown when the store itself fails: no bytes are to blame for that.
    """

    def __init__(self, url: str, s3: S3Settings | None = None) -> None:
        """`url` is a folder or any URL that fsspec knows (`s3://bucket/path`, `memory://x`); `s3` says how a bucket is
        reached, None that the environment says it. Raises BlobStoreUnusable, LoginUnusable."""
        self._url = url
        self._s3 = (s3 or S3Settings()) if is_s3(url) else None
        self._open()
        known = self._store.protocol
        self._local = "file" in (known if isinstance(known, tuple) else (known,))
        self._bucket = bucket_of(self._root) if is_s3(url) else ""

    def _open(self) -> None:
        self._store, self._root = open_store(self._url, self._s3)
        self._opened_by = os.getpid()

    @property
    def _fs(self) -> Any:
        """The file system; a process forked off opens its own, since the thread that serves one is not forked along."""
        if self._opened_by != os.getpid():
            self._open()
        return self._store

    def _place(self, address: str) -> str:
        return f"{self._root}/{address[:2]}/{address[2:]}"

    def check(self) -> None:
        """Look once whether the store can be used, which costs a bucket two requests and others nothing.

        Raises BlobStoreUnusable for a bucket that is missing or refused, DependencyDown for one that does not answer.
        """
        if self._bucket:
            check_bucket(self._fs, self._root)

    def put_now(self, content: bytes) -> str:
        """Store bytes durably and return their address (64 hex digits)."""
        address = digest(content)
        place = self._place(address)
        try:
            with self._faults_of_the_store():
                if self._fs.exists(place):
                    return address
                if self._local:
                    _write_durably(Path(place), content)
                else:
                    self._fs.pipe_file(place, content)
        except FileNotFoundError as error:
            raise DependencyDown("blob store", reason(error, self._bucket)) from error
        return address

    def get_now(self, address: str) -> bytes:
        """Return the bytes under an address; raises BlobMissing or BlobDamaged."""
        try:
            with self._faults_of_the_store():
                content: bytes = self._fs.cat_file(self._place(address))
        except FileNotFoundError as error:
            self._check_bucket_is_there()
            raise BlobMissing(f"blob {address} is not in the blob store; was its folder or bucket changed?") from error
        if digest(content) != address:
            raise BlobDamaged(f"blob {address} no longer has its sha256; restore it from a backup")
        return content

    async def put(self, content: bytes) -> str:
        """Store bytes without holding up the event loop."""
        return await asyncio.to_thread(self.put_now, content)

    async def get(self, address: str) -> bytes:
        """Read bytes without holding up the event loop."""
        return await asyncio.to_thread(self.get_now, address)

    def has(self, address: str) -> bool:
        """Tell whether the bytes of an address are there."""
        with self._faults_of_the_store():
            found = bool(self._fs.exists(self._place(address)))
        if not found:
            self._check_bucket_is_there()
        return found

    def erase(self, address: str) -> None:
        """Remove bytes for good; nothing happens when they are not there."""
        try:
            with self._faults_of_the_store():
                self._fs.rm_file(self._place(address))
        except FileNotFoundError:
            self._check_bucket_is_there()

    def _check_bucket_is_there(self) -> None:
        """Raise DependencyDown where it is a whole bucket that is missing, and not one blob."""
        if not self._bucket:
            return
        try:
            with self._faults_of_the_store():
                self._fs.call_s3("head_bucket", Bucket=self._bucket)
        except FileNotFoundError as error:
            raise DependencyDown("blob store", reason(error, self._bucket)) from error

    @contextlib.contextmanager
    def _faults_of_the_store(self) -> Iterator[None]:
        """Name whatever goes wrong, except that a file is not there, as the store being away."""
        try:
            yield
        except FileNotFoundError:
            raise
        except Exception as error:
            if self._s3 and self._s3.key_file and isinstance(error, PermissionError):
                self._opened_by = 0  # keys may have been changed: the next use reads their files again
            raise DependencyDown("blob store", reason(error, self._bucket)) from error


def _write_durably(place: Path, content: bytes) -> None:
    """Write beside, sync, rename: a reader sees the whole blob or none."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
