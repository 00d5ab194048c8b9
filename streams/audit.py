"""The audit: one entry for every command from outside, appended before its mark `unsent` goes, so that none is missed.

An entry names the command's event and who gave it. What it says is entered of models only (`WHOLE`): judgements with
their numbers, promotions with their reason. Of samples and sources nothing is: that is in the event and the document.
"""

from __future__ import annotations

from typing import Any

import orjson
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from streams import topics
from streams.events import Event, now

COLLECTION = "audit"
WHOLE = frozenset({topics.JUDGEMENTS.name, topics.PROMOTIONS.name})
"""Topics whose events are entered as a whole."""
NAMED = WHOLE | {topics.DECISIONS.name, topics.WITHDRAWALS.name}
"""Topics whose events say who gave the command."""


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
    if event.topic in NAMED:
        content = orjson.loads(event.value)
        who = content.get("who") or content.get("decision", {}).get("who")
        entry |= {"who": who} if who else {}
        entry |= {"content": content} if event.topic in WHOLE else {}
    try:
        await database[COLLECTION].insert_one(entry)
    except DuplicateKeyError:
        return False
    return True
