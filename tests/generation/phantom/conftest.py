from __future__ import annotations

import pytest

from generation.phantom import PhantomStudy, StudyKind, make_study
from generation.sources import Language

SEEDS = (3, 11, 20)


@pytest.fixture(scope="session")
def studies() -> tuple[PhantomStudy, ...]:
    """Three studies of every kind, their reports in either language."""
    asked = [(seed, kind) for seed in SEEDS for kind in StudyKind]
    return tuple(make_study(seed, kind, tuple(Language)[i % 2]) for i, (seed, kind) in enumerate(asked))
