"""How things are named, once and for ever.

Every id is a function of what it names and of nothing else: no model, key, clock or attempt takes part, so a second run
gives the same ids and a redelivered event finds its own writes.
"""

from __future__ import annotations

import hashlib
import uuid

NAMESPACE = uuid.UUID("6f0c5f0e-3a3b-5c59-9d0b-5b1f6a6f7a10")


def source_version(content: bytes) -> str:
    """Return the sha256 (64 hex digits) of a source's bytes."""
    return hashlib.sha256(content).hexdigest()


def digest(content: bytes) -> str:
    """Return the sha256 (64 hex digits) of any bytes: blobs, drafts, requests."""
    return hashlib.sha256(content).hexdigest()


def plan_id(version: str, plan_version: str, kind: str, language: str) -> str:
    """Return the id of the plan of one source version for one kind and one language."""
    return str(uuid.uuid5(NAMESPACE, f"plan|{version}|{plan_version}|{kind}|{language}"))


def item_id(version: str, plan_version: str, kind: str, language: str, slot: int) -> str:
    """Return the id of one planned item; it is the Kafka key, the `_id` in the store and the name in lineage."""
    return str(uuid.uuid5(NAMESPACE, f"item|{version}|{plan_version}|{kind}|{language}|{slot}"))


def event_id(event_type: str, subject: str, detail: str = "") -> str:
    """Return the id of an event: the same fact told twice has the same id."""
    return str(uuid.uuid5(NAMESPACE, f"event|{event_type}|{subject}|{detail}"))
