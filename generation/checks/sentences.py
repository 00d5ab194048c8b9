"""The sentences of a written text, and which of them tell rather than ask."""

from __future__ import annotations

import re
from functools import lru_cache

_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+|(?<=[。！？])[”’）]*\s*|\n+")
ASKS = ("?", "？")


@lru_cache(maxsize=4096)
def sentences_of(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, stripped; a stop ends one where a blank follows, a Chinese one anywhere.

    >>> sentences_of("It is at L4/L5. Does it hurt? 是的。左侧。")
    ('It is at L4/L5.', 'Does it hurt?', '是的。', '左侧。')
    """
    return tuple(stripped for piece in _END.split(text) if (stripped := piece.strip()))


def told(text: str) -> tuple[str, ...]:
    """Return the sentences of a text that do not ask."""
    return tuple(sentence for sentence in sentences_of(text) if not sentence.rstrip('"”’)）').endswith(ASKS))
