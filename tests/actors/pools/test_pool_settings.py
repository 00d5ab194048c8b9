"""Pools that cannot be: refused with what to change."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from actors.pools.settings import STAGES, PoolSettings, check_served
from actors.stages import STAGES as SERVED


def test_the_stages_that_pools_serve_are_those_there_are() -> None:
    assert tuple(SERVED) == STAGES


def test_one_pool_serves_every_stage_unless_told_otherwise() -> None:
    check_served({"engine": PoolSettings()})


def test_stages_may_be_divided() -> None:
    check_served({"a": PoolSettings(stages=("read", "draft")), "b": PoolSettings(stages=("revise",))})


@pytest.mark.parametrize(
    ("pools", "told"),
    [
        ({"a": ("read", "draft")}, "no pool serves stage revise"),
        ({}, "no pool serves stage read"),
        ({"a": STAGES, "b": ("draft",)}, r"stage draft is served 2 times \(by a, b\)"),
        ({"a": ("read", "draft", "draft", "revise")}, "stage draft is served 2 times"),
        ({"a": (*STAGES, "plan")}, "no stage is called 'plan'; there are read, draft, revise"),
    ],
)
def test_a_stage_is_served_by_exactly_one_pool(pools: dict[str, tuple[str, ...]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_served({name: PoolSettings(stages=stages) for name, stages in pools.items()})


def test_least_and_most_go_together() -> None:
    with pytest.raises(ValidationError, match=r"min_actors \(3\) is more than max_actors \(2\)"):
        PoolSettings(min_actors=3, max_actors=2)
    assert PoolSettings(min_actors=0).min_actors == 0


def test_a_pool_without_a_stage_is_none() -> None:
    with pytest.raises(ValidationError, match="stages"):
        PoolSettings(stages=())


def test_an_actor_claims_what_its_pool_names_beside_cpus_and_gpus() -> None:
    from actors.pools.member import actor_class

    claimed = actor_class(PoolSettings(cpus=2, gpus=1, resources={"gpu-draft": 0.5}))._default_options
    assert (claimed["num_cpus"], claimed["num_gpus"], claimed["resources"]) == (2, 1, {"gpu-draft": 0.5})
    assert not actor_class(PoolSettings())._default_options.get("resources")


def test_a_claim_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        PoolSettings(resources={"gpu-draft": 0})
