"""What may leave in spans and log lines: an allow list of attributes, and a mask for what a text should not hold.

The rule of the house is that no message names a person, quotes a report or carries an original identifier. This is the
net below it: what looks like one is blotted out, and what was not thought of as an attribute does not go out at all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

ALLOWED = frozenset(
    {
        "error.type",
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.choice.count",
        "gen_ai.request.max_tokens",
        "gen_ai.request.model",
        "gen_ai.request.temperature",
        "gen_ai.response.finish_reasons",
        "gen_ai.response.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "messaging.consumer.group.name",
        "messaging.destination.name",
        "messaging.destination.partition.id",
        "messaging.kafka.offset",
        "messaging.message.id",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.system",
        "spinestream.adapter",
        "spinestream.decision",
        "spinestream.images",
        "spinestream.link",
        "spinestream.simulated",
        "spinestream.snapshot",
        "spinestream.stage",
        "spinestream.subject",
    }
)
"""Names of attributes that spans may carry out of a process."""

_MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_RULES = {
    "keep": rf"{_UUID}|\bpid \d+"
    r"|(?<![0-9A-Za-z])(?=\d*[a-f])[0-9a-f]{16,64}(?![0-9A-Za-z])",
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "uid": r"(?<![\w.])\d+(?:\.\d+){4,}(?![\w.])",
    "name": r"[^\W\d_]+\^[\w^]*",
    "date": r"(?<!\d)\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?!\d)|(?<![\d.])\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?![\d.])"
    rf"|(?<!\d)\d{{1,2}}\.? {_MONTHS}\.?,? \d{{4}}|\b{_MONTHS}\.? \d{{1,2}},? \d{{4}}",
    "number": r"(?<![0-9A-Za-z])[A-Za-z]{0,4}\d{6,}[Xx]?(?![0-9A-Za-z])"
    r"|(?<![\d-])\+?\d{2,4}[ -]\d{3,4}[ -]\d{3,8}(?![\d-])",
}
_ALL = re.compile("|".join(f"(?P<{name}>{rule})" for name, rule in _RULES.items()))
_OWN_ID = re.compile(_UUID).fullmatch
"""An id of an item or event, which stays as it is: there are too many of them to keep what `mask` says."""
_SUSPECT = re.compile(r"[\d@^]")


def mask(text: str) -> str:
    """Return a text with e-mail addresses, DICOM UIDs and names, dates and long runs of digits blotted out; ids of ours
    (uuids, digests) and process ids stay."""
    return _ALL.sub(_blot, text) if _SUSPECT.search(text) else text


def _blot(found: re.Match[str]) -> str:
    kind = str(found.lastgroup)
    return found[0] if kind == "keep" else f"<{kind}>"


def scrubbed(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that may go out, their texts masked."""
    return {
        name: known(value) if isinstance(value, str) and not _OWN_ID(value) else value
        for name, value in attributes.items()
        if name in ALLOWED
    }


@functools.lru_cache(maxsize=2048)
def known(value: str) -> str:
    """Return the text of an attribute masked; most are the same few words."""
    return mask(value)
