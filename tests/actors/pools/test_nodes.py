"""When the pools role has to end: its own node of Ray is dead, whatever others live."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from actors.pools import ray_pool


@pytest.mark.parametrize(("mine", "other", "gone"), [(True, False, False), (False, True, True), (False, False, True)])
def test_the_role_ends_with_the_node_it_is_attached_to(
    mine: bool, other: bool, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [{"NodeID": "mine", "Alive": mine}, {"NodeID": "other", "Alive": other}]
    monkeypatch.setattr("ray.nodes", lambda: nodes)
    monkeypatch.setattr("ray.get_runtime_context", lambda: SimpleNamespace(get_node_id=lambda: "mine"))
    if not gone:
        ray_pool._check_nodes()
        return
    with pytest.raises(ray_pool.RayGone, match="started again"):
        ray_pool._check_nodes()
