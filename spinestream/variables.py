"""Variables of the environment that look like settings of ours and are none: most likely one is misspelt."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping

from pydantic_settings import BaseSettings

from actors.engines.settings import OWNER_VARIABLE
from review_bridge.desk.settings import SessionSettings
from spinestream.embedded.addresses import KAFKA_VARIABLE, MONGODB_VARIABLE, REDIS_VARIABLE
from spinestream.embedded.environment import SIDE_VARIABLES
from spinestream.roles.orphans import SUPERVISOR_VARIABLE
from spinestream.settings import NESTED, PREFIX, Settings
from streams.broker import BrokerSettings
from streams.intake.gateway.settings import PseudonymSettings
from streams.object_store import S3Settings
from streams.splits import SplitSettings

_OTHERS = {
    *(KAFKA_VARIABLE, MONGODB_VARIABLE, REDIS_VARIABLE, SUPERVISOR_VARIABLE),
    *SIDE_VARIABLES,
    *("SPINESTREAM_CACHE", "SPINESTREAM_ENGINE_KEY", OWNER_VARIABLE),
    *("SPINESTREAM_CRASH_AT", "SPINESTREAM_CRASH_EVERY", "SPINESTREAM_CRASH_LOG"),
}
"""Those that no settings class reads."""


def strangers(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return {variable: the nearest name that exists, or nothing} of those that begin like ours and mean nothing.

    They are told and not refused: a cluster names the addresses of a service `spinestream-web` in just that way.
    """
    known = known_variables()
    found = {}
    for name in os.environ if environ is None else environ:
        bare = name.upper().split(NESTED)[0]
        if bare.startswith(PREFIX) and bare not in known:
            near = difflib.get_close_matches(bare, known, n=1, cutoff=0.75)
            found[name] = near[0] if near else ""
    return dict(sorted(found.items()))


def known_variables() -> list[str]:
    """Return every variable of ours, without what follows a first `__`."""
    of_settings: tuple[type[BaseSettings], ...] = (
        *(Settings, BrokerSettings, S3Settings, SplitSettings, PseudonymSettings, SessionSettings),
    )
    names = set(_OTHERS)
    for kind in of_settings:
        names |= {f"{kind.model_config.get('env_prefix') or PREFIX}{field}".upper() for field in kind.model_fields}
    return sorted(names)
