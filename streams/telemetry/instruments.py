"""The instruments of a role's process, each listed once: name, kind, unit, attributes.

Names are those of OpenTelemetry's semantic conventions (messaging, gen_ai) where there is one, else `spinestream.*`.
Nothing is counted until `spinestream.telemetry` has a listener to show it: see `streams.telemetry.metering`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

DESTINATION = "messaging_destination_name"
GROUP = "messaging_consumer_group_name"
ERROR = "error_type"
OPERATION = "gen_ai_operation_name"
MODEL = "gen_ai_request_model"
TOKEN_TYPE = "gen_ai_token_type"  # noqa: S105 - the name of an attribute
STAGE = "spinestream_stage"
DEPENDENCY = "dependency"
REASON = "reason"
POOL = "pool"
STATE = "state"
PAUSED_STAGE = "stage"
WHY = "why"


class Kind(enum.StrEnum):
    """What an instrument adds up to."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument."""

    name: str
    kind: Kind
    attributes: tuple[str, ...]
    """Names of what tells its series apart; never a person, a source, a case or an item."""
    text: str
    unit: str = ""
    """`s` for seconds, else empty: a number of what the name says."""
    bounds: tuple[float, ...] = ()
    """Upper bounds of a histogram's buckets, in its unit."""


HANDLING_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds a record may be in hand: from a merge in the store to a book that is read."""
REQUEST_BOUNDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""Those that the semantic conventions of generative AI advise for `gen_ai.client.operation.duration`."""

CONSUMED = Instrument(
    "messaging.client.consumed.messages", Kind.COUNTER, (DESTINATION, GROUP), "Records taken from a topic by a group."
)
SENT = Instrument("messaging.client.sent.messages", Kind.COUNTER, (DESTINATION,), "Records acknowledged by the broker.")
PROCESSED = Instrument(
    "messaging.process.duration",
    Kind.HISTOGRAM,
    (DESTINATION, GROUP, ERROR),
    "How long a record was in hand until its outcome; error_type is `retry` or `dead` where it was not done.",
    "s",
    HANDLING_BOUNDS,
)
ASKED = Instrument(
    "gen_ai.client.operation.duration",
    Kind.HISTOGRAM,
    (OPERATION, MODEL, STAGE, ERROR),
    "How long an engine took to answer a request.",
    "s",
    REQUEST_BOUNDS,
)
TOKENS = Instrument(
    "gen_ai.client.token.usage", Kind.COUNTER, (TOKEN_TYPE, MODEL, STAGE), "Tokens of requests that were answered."
)
RUNNING = Instrument("spinestream.stage.running", Kind.GAUGE, (GROUP,), "Records in hand.")
WAITING_FOR = Instrument(
    "spinestream.stage.waiting_for", Kind.GAUGE, (GROUP, DEPENDENCY), "1 while a stage waits for a dependency."
)
LAST_SETTLED = Instrument(
    "spinestream.stage.last_settled", Kind.GAUGE, (GROUP,), "Since a stage last settled a record, or began.", "s"
)
DEAD_LETTERS = Instrument("spinestream.dead.letters", Kind.COUNTER, (GROUP, REASON), "Records buried as dead letters.")
QUARANTINED = Instrument("spinestream.quarantined", Kind.COUNTER, (REASON,), "What the gateway refused and keeps.")
SILENT = Instrument(
    "spinestream.engine.silent", Kind.GAUGE, (POOL,), "Longest time an engine with work has made no token.", "s"
)
ACTORS = Instrument("spinestream.pool.actors", Kind.GAUGE, (POOL, STATE), "Engine actors of a pool, by state.")
PAUSED = Instrument(
    "spinestream.pool.paused", Kind.GAUGE, (POOL, PAUSED_STAGE), "1 while actors of a pool take no records of a stage."
)
RESTARTS = Instrument("spinestream.pool.restarts", Kind.COUNTER, (POOL, WHY), "Engine actors taken out, by reason.")

LIGHT = (CONSUMED, SENT, PROCESSED, RUNNING, WAITING_FOR, LAST_SETTLED, DEAD_LETTERS)
"""Of every process that runs a processing loop."""
ENGINE = (*LIGHT, ASKED, TOKENS)
"""Of an engine actor, told by the manager of its pool."""
POOLS = (SILENT, ACTORS, PAUSED, RESTARTS)
"""Of the manager itself."""
ALL = (*LIGHT, ASKED, TOKENS, QUARANTINED, *POOLS)
"""Every instrument."""
