"""Writes that outlive a crash: nothing is acknowledged before they return."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_durably(content: bytes, place: Path, beside: Path) -> None:
    """Write under a name of its own in the folder `beside`, sync, rename to `place`, sync the folder of `place`.

    The folder of `place` is made where it is not there (another process may just have emptied it).
    """
    part = beside / f"{uuid.uuid4().hex}.part"
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move_durably(part, place)
    finally:
        part.unlink(missing_ok=True)


def move_durably(file: Path, place: Path) -> None:
    """Rename within a disk and sync the folder that the file is in then, and the one that it is in itself."""
    while True:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            file.replace(place)
            break
        except FileNotFoundError:
            if not file.exists():
                raise
    for folder in (place.parent, place.parent.parent):
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make what was renamed into a folder durable; one that was emptied meanwhile holds nothing to be kept."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
