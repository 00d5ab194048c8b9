"""Fixtures of the embedded servers' tests: work folders of their own, and no servers named from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spinestream.embedded import Servers


@pytest.fixture(autouse=True)
def _no_servers_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA", "MONGODB", "REDIS"):
        monkeypatch.delenv(f"SPINESTREAM_{name}", raising=False)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """All three servers in a work folder of this module's own, which its tests may kill."""
    with Servers(tmp_path_factory.mktemp("own"), environ={}) as running:
        yield running
