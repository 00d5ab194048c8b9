"""Which part of the data a source belongs to, decided at intake by a keyed hash.

The key is made once and never rotated (a new key would move sources between train and bench); it is apart from the
pseudonym key.
"""

from __future__ import annotations

import hashlib
import hmac

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from generation.sources import Split

_SCALE = 2**64


class SplitSettings(BaseSettings):
    """How sources are divided."""

    model_config = SettingsConfigDict(env_prefix="SPINESTREAM_SPLIT_", extra="ignore")

    key: SecretStr = Field(
        default=SecretStr(""), description="Secret of the division; empty means the work folder's own key."
    )
    bench: float = Field(default=0.1, ge=0, le=0.5, description="Share of sources kept for SpineBench.")
    final: float = Field(default=0.05, ge=0, le=0.5, description="Share of sources that no gate ever sees.")


def split_of(unit: str, settings: SplitSettings) -> Split:
    """Return the split of a patient pseudonym or document id."""
    key = settings.key.get_secret_value().encode()
    if not key:
        raise ValueError("the split key is empty; set SPINESTREAM_SPLIT_KEY or let the work folder make one")
    mark = int.from_bytes(hmac.digest(key, b"split|" + unit.encode(), hashlib.sha256)[:8], "big") / _SCALE
    if mark < settings.final:
        return Split.FINAL
    return Split.BENCH if mark < settings.final + settings.bench else Split.TRAIN
