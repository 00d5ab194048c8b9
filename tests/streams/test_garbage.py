"""A process that has loaded what it needs looks for garbage less often, and still finds it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from streams.garbage import YOUNG, look_less_often


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Itself:
    """Refers to itself: only the collector can free it."""

    def __init__(self) -> None:
        self.me = self


def test_what_is_loaded_is_looked_at_no_more_and_new_garbage_goes() -> None:
    look_less_often()
    assert gc.get_threshold()[0] == YOUNG
    assert gc.get_freeze_count() > 0
    gone = weakref.ref(Itself())
    kept = []
    while gone() is not None:
        kept.append([len(kept)])
        assert len(kept) <= 3 * YOUNG, "it is never freed"
    assert len(kept) > 700
