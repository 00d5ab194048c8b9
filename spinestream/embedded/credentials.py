"""The servers' passwords: made once for a work folder, kept in `secrets/` (0700, files 0600), on no command line."""

from __future__ import annotations

import secrets
from pathlib import Path

from spinestream.embedded.state import Lock, write_private

USER = "spinestream"
"""The user name on the broker and the store (Redis 6 is logged in to by password alone)."""


def secrets_folder(workdir: Path) -> Path:
    """The folder of the secrets, made if it is not there."""
    folder = workdir / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def secret(workdir: Path, name: str, octets: int = 24) -> str:
    """The secret of this name: made at first use from `octets` random bytes, in hexadecimal."""
    return secret_file(workdir, name, octets).read_text(encoding="ascii").strip()


def secret_file(workdir: Path, name: str, octets: int = 24) -> Path:
    """The file that holds the secret of this name, made at first use."""
    folder = secrets_folder(workdir)
    path = folder / name
    if not path.exists():
        lock = Lock(folder / ".lock")
        lock.acquire(wait=True)
        try:
            if not path.exists():
                write_private(path, secrets.token_hex(octets) + "\n")
        finally:
            lock.release()
    return path


def mask(text: str, workdir: Path) -> str:
    """`text` with every secret of the work folder blotted out (log lines in errors)."""
    for path in secrets_folder(workdir).iterdir():
        if not path.name.startswith("."):
            text = text.replace(path.read_text(encoding="ascii").strip(), "***")
    return text
