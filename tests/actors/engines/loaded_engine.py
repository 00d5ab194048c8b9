"""One real engine at a time for a test module, loaded again after a test that killed it."""

from __future__ import annotations

import asyncio
from typing import Any

from actors.engines.factory import open_engine


class Loaded:
    """Loads an engine when it is first asked for."""

    def __init__(self, name: str, **settings: Any) -> None:
        self._name, self._settings = name, settings
        self.engine: Any = None

    def alive(self) -> Any:
        if self.engine is None or is_dead(self.engine):
            self.close()
            self.engine = open_engine(self._name, self._settings)
        return self.engine

    def close(self) -> None:
        if self.engine is not None:
            asyncio.run(self.engine.close())


def is_dead(engine: Any) -> bool:
    holder = getattr(engine, "_stepper", engine)
    return holder._dead is not None
