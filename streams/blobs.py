"""The content-addressed blob store (claim check): bytes lie under their sha256 in a folder, s3:// or gs://; events
carry the address."""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec

from generation.ids import digest
from streams.errors import BlobDamaged, BlobMissing, DependencyDown


class BlobStore:
    """Immutable bytes by content address. The same bytes put twice are stored once.

    Every method raises DependencyDown when the store itself fails: no bytes are to blame for that.
    """

    def __init__(self, url: str) -> None:
        """`url` is a folder or any URL that fsspec knows (`s3://bucket/path`, `memory://x`)."""
        found: tuple[Any, str] = fsspec.core.url_to_fs(url)
        self._fs, self._root = found
        self._local = "file" in (self._fs.protocol if isinstance(self._fs.protocol, tuple) else (self._fs.protocol,))

    def _place(self, address: str) -> str:
        return f"{self._root}/{address[:2]}/{address[2:]}"

    def put_now(self, content: bytes) -> str:
        """Store bytes durably and return their address (64 hex digits)."""
        address = digest(content)
        place = self._place(address)
        with _faults_of_the_store():
            if self._fs.exists(place):
                return address
            if self._local:
                _write_durably(Path(place), content)
            else:
                self._fs.pipe_file(place, content)
        return address

    def get_now(self, address: str) -> bytes:
        """Return the bytes under an address; raises BlobMissing or BlobDamaged."""
        try:
            with _faults_of_the_store():
                content: bytes = self._fs.cat_file(self._place(address))
        except FileNotFoundError as error:
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
        with _faults_of_the_store():
            return bool(self._fs.exists(self._place(address)))

    def erase(self, address: str) -> None:
        """Remove bytes for good; nothing happens when they are not there."""
        with contextlib.suppress(FileNotFoundError), _faults_of_the_store():
            self._fs.rm_file(self._place(address))


@contextlib.contextmanager
def _faults_of_the_store() -> Iterator[None]:
    """Name whatever goes wrong, except that a file is not there, as the store being away."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        raise DependencyDown("blob store", type(error).__name__) from error


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
