"""The settings that docs/models.md shows are settings that the engines take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from actors.engines.settings import EngineSettings, OpenAISettings
from actors.pools.settings import PoolSettings, check_served

PAGE = Path(__file__).parents[3] / "docs" / "models.md"
SHOWN = [orjson.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)]
KINDS: dict[str, type[BaseModel]] = {"vllm": EngineSettings, "vllm-async": EngineSettings, "openai": OpenAISettings}


def test_there_are_settings_for_each_kind_of_machine() -> None:
    assert [shown["engine"] for shown in SHOWN] == ["vllm", "vllm-async", "vllm-async", "openai"]


@pytest.mark.parametrize("shown", SHOWN)
def test_each_is_taken_by_its_engine_and_serves_every_stage(shown: dict[str, Any]) -> None:
    pools = {name: PoolSettings.model_validate(pool) for name, pool in shown["pools"].items()}
    check_served(pools)
    for pool in pools.values():
        KINDS[pool.engine or shown["engine"]].model_validate(shown["engine_settings"] | pool.engine_settings)
