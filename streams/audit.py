"""The audit: one entry for every command from outside, appended before its mark `unsent` goes, so that none is missed.

An entry names the command's event and nothing of its content: who wants that looks at the event or at the document.
"""

from __future__ import annotations

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from streams.events import Event, now

COLLECTION = "audit"


async def append(database: AsyncDatabase[dict[str, Any]], event: Event) -> bool:
    """Add the entry of a command's event; returns False where it is there already, as after a crash."""
    entry = {
        "_id": event.id,
        "type": event.type,
        "subject": event.subject,
        "by": event.source,
        "told": event.time,
        "written": now(),
    }
    try:
        await database[COLLECTION].insert_one(entry)
    except DuplicateKeyError:
        return False
    return True
