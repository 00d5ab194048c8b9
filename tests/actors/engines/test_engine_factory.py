from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from actors.engines import factory
from actors.engines.errors import EngineDead, EngineNotUsable, RequestFailed
from actors.engines.scripted import ScriptedEngine
from actors.engines.self_test import ask
from actors.engines.settings import EngineSettings, OpenAISettings, ScriptedSettings


class Entry:
    """An entry point as another package would register it."""

    name = "mine"

    def load(self) -> object:
        return lambda settings: ("mine", settings)


def entries(group: str, name: str | None = None) -> list[Entry]:
    return [Entry()] if group == factory.GROUP and name in (None, "mine") else []


def test_an_unknown_engine_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(EngineNotUsable, match=r"'vlm'.*openai, scripted, vllm, vllm-async"):
        factory.open_engine("vlm")


def test_another_package_can_register_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "entry_points", entries)
    assert factory.engine_names() == ("mine", "openai", "scripted", "vllm", "vllm-async")
    settings: Mapping[str, object] = {"a": 1}
    assert factory.open_engine("mine", settings) == ("mine", settings)


@pytest.mark.parametrize(
    ("name", "settings", "word"),
    [
        ("scripted", {"latency": 1}, "latency"),
        ("vllm", {"max_num_seqs": 0}, "max_num_seqs"),
        ("vllm", {"dtype": "int4"}, "dtype"),
        ("vllm-async", {"max_lora_rank": 7}, "max_lora_rank"),
        ("vllm", {"adapter": "/nowhere/a"}, "adapter"),
        ("openai", {"base_urls": []}, "base_urls"),
        ("openai", {"api_key": "s3cret"}, "api_key"),
    ],
)
def test_wrong_settings_are_named(name: str, settings: dict[str, object], word: str) -> None:
    with pytest.raises(EngineNotUsable, match=word):
        factory.open_engine(name, settings)


def test_choosing_an_engine_imports_no_heavy_library() -> None:
    code = (
        "import sys; from actors.engines import factory, settings, base, openai_engine; "
        "factory.open_engine('scripted'); "
        "print(sorted({'torch', 'vllm', 'transformers', 'ray'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    assert subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True).strip() == "[]"


@pytest.mark.parametrize("kind", [EngineSettings, OpenAISettings, ScriptedSettings])
def test_every_setting_says_what_it_does(
    kind: type[BaseModel],
) -> None:
    for name, field in kind.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"part": "tail"}'])
def test_an_engine_that_answers_nonsense_fails_its_self_test(text: str) -> None:
    import asyncio

    with pytest.raises(EngineDead, match="self-test"):
        asyncio.run(ask(ScriptedEngine(script=lambda request, index: text).generate))


def test_errors_survive_the_way_between_processes() -> None:
    import pickle

    back = pickle.loads(pickle.dumps(RequestFailed("bad-schema", "x/draft/0: no")))
    assert (back.reason, back.detail, str(back)) == ("bad-schema", "x/draft/0: no", "bad-schema: x/draft/0: no")
    assert pickle.loads(pickle.dumps(EngineDead("gone"))).detail == "gone"
