"""Who may sign in at the desk: a name, the hash of a password, roles. Nobody is there until somebody is added."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from pymongo import WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from review_bridge.errors import ReviewerRefused, ReviewerUnknown

REVIEWERS = "reviewers"
"""Name of the collection."""
NAME_LENGTH = range(1, 61)
PASSWORD_LENGTH = range(10, 201)
AT_ONCE = 2
"""Passwords hashed at the same time: each takes 64 MiB and a core for some tens of milliseconds."""


class Role(StrEnum):
    """What a reviewer may do."""

    CLINICIAN = "clinician"
    """Decides on samples, corrects decisions of their own."""
    LEAD = "lead"
    """Does so, too, and may correct the decisions of others."""


class Reviewer(NamedTuple):
    """A person who may sign in."""

    name: str
    roles: tuple[Role, ...]
    added_at: str
    """RFC 3339, UTC."""
    stamp: str
    """Goes into every session; a new one ends them all."""

    @property
    def leads(self) -> bool:
        """Whether the reviewer may correct the decisions of others."""
        return Role.LEAD in self.roles


class Reviewers:
    """The collection of reviewers."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], hasher: PasswordHasher | None = None) -> None:
        """`hasher` None means argon2id with the library's defaults (RFC 9106, low memory)."""
        self._reviewers = database.get_collection(REVIEWERS, write_concern=WriteConcern("majority", j=True))
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def add(self, name: str, password: str, roles: Collection[Role] = (Role.CLINICIAN,)) -> Reviewer:
        """Add a reviewer; raises `ReviewerRefused` where the name is taken, or name or password cannot be used."""
        name = _usable(name, password)
        made = Reviewer(name, tuple(roles), datetime.now(UTC).isoformat(), secrets.token_hex(16))
        hashed = await self._apart(self._hasher.hash, password)
        try:
            await self._reviewers.insert_one({"_id": _key(name), "hash": hashed, **made._asdict()})
        except DuplicateKeyError as error:
            raise ReviewerRefused("there is a reviewer of this name; remove that one first") from error
        return made

    async def remove(self, name: str) -> None:
        """Remove a reviewer, whose sessions end; what they decided stays. Raises `ReviewerUnknown`."""
        if not (await self._reviewers.delete_one({"_id": _key(name)})).deleted_count:
            raise ReviewerUnknown(name)

    async def all(self) -> tuple[Reviewer, ...]:
        """Return everybody, by name."""
        return tuple([_read(one) async for one in self._reviewers.find().sort("_id")])

    async def any(self) -> bool:
        """Whether there is anybody who could sign in."""
        return await self._reviewers.find_one({}, {"_id": 1}) is not None

    async def with_password(self, name: str, password: str) -> Reviewer | None:
        """Return the reviewer whose name and password these are, else None, which takes as long."""
        found = await self._reviewers.find_one({"_id": _key(name)})
        if self._nobody is None:
            self._nobody = await self._apart(self._hasher.hash, secrets.token_hex(16))
        good = await self._apart(self._verify, found["hash"] if found else self._nobody, password)
        return _read(found) if found and good else None

    async def with_stamp(self, name: str, stamp: str) -> Reviewer | None:
        """Return the reviewer that a session names, None where the session has ended."""
        found = await self._reviewers.find_one({"_id": _key(name)})
        return _read(found) if found and secrets.compare_digest(found["stamp"], stamp) else None

    async def end_sessions(self, name: str) -> None:
        """End every session of a reviewer."""
        await self._reviewers.update_one({"_id": _key(name)}, {"$set": {"stamp": secrets.token_hex(16)}})

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password[: PASSWORD_LENGTH.stop])
        except VerificationError:
            return False

    async def _apart(self, work: Any, *args: str) -> Any:
        async with self._turns:
            return await asyncio.to_thread(work, *args)


def new_password() -> str:
    """Return a password that nobody could guess, for a reviewer to be told once."""
    return secrets.token_urlsafe(15)


def _usable(name: str, password: str) -> str:
    name = " ".join(unicodedata.normalize("NFKC", name).split())
    if len(name) not in NAME_LENGTH or not name.isprintable():
        raise ReviewerRefused(f"a name has {NAME_LENGTH[0]} to {NAME_LENGTH[-1]} printable characters")
    if len(password) not in PASSWORD_LENGTH:
        raise ReviewerRefused(f"a password has {PASSWORD_LENGTH[0]} to {PASSWORD_LENGTH[-1]} characters")
    return name


def _key(name: str) -> str:
    """Two spellings of one name are one reviewer."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _read(document: dict[str, Any]) -> Reviewer:
    roles = tuple(Role(one) for one in document["roles"])
    return Reviewer(document["name"], roles, document["added_at"], document["stamp"])
