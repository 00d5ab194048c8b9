from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy
import orjson
import pytest
from safetensors.numpy import load_file, save_file

from actors.engines.adapters import CONFIG, WEIGHTS, find_adapter, read_adapter, zero_adapter
from actors.engines.errors import EngineNotUsable
from actors.engines.settings import ZERO


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder with two layers, and a vision tower whose projections are none of ours."""
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "model"
    folder.mkdir()
    tensors: dict[str, Any] = {}
    for layer in range(2):
        for name, rows in {"q_proj": 12, "k_proj": 4, "v_proj": 4}.items():
            tensors[f"model.layers.{layer}.self_attn.{name}.weight"] = numpy.ones((rows, 8), numpy.float32)
    tensors["model.vision_model.layers.0.self_attn.q_proj.weight"] = numpy.ones((4, 4), numpy.float32)
    save_file(tensors, folder / "model.safetensors")
    return folder


def copied(folder: Path, to: Path, **changes: object) -> Path:
    to.mkdir()
    config = orjson.loads((folder / CONFIG).read_bytes()) | changes
    (to / CONFIG).write_bytes(orjson.dumps(config))
    (to / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes())
    return to


def test_the_zero_adapter_fits_the_model_and_changes_nothing(model: Path) -> None:
    folder = zero_adapter(model)
    tensors = load_file(folder / WEIGHTS)
    stem = "base_model.model.model.layers.1.self_attn"
    assert len(tensors) == 8
    assert tensors[f"{stem}.q_proj.lora_A.weight"].shape == (8, 8)
    assert tensors[f"{stem}.q_proj.lora_B.weight"].shape == (12, 8)
    assert tensors[f"{stem}.v_proj.lora_B.weight"].shape == (4, 8)
    assert not any(tensor.any() for tensor in tensors.values())


def test_it_is_named_by_its_bytes_and_made_once(model: Path) -> None:
    found = find_adapter(ZERO, model)
    assert found is not None
    assert found.name == found.folder.name
    assert (found.rank, found.targets) == (8, ("q_proj", "v_proj"))
    made = (found.folder / WEIGHTS).stat().st_mtime_ns
    assert zero_adapter(model) == found.folder
    assert (found.folder / WEIGHTS).stat().st_mtime_ns == made


def test_many_processes_may_make_it_at_once(model: Path) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(zero_adapter(model))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8
    assert [path for path in found[0].parent.iterdir() if path != found[0]] == []


def test_an_adapter_is_named_after_its_folder_and_digest(model: Path, tmp_path: Path) -> None:
    first = read_adapter(copied(zero_adapter(model), tmp_path / "spine-draft", lora_alpha=16))
    assert first.name.startswith("spine-draft@")
    other = read_adapter(copied(zero_adapter(model), tmp_path / "other", lora_alpha=32))
    assert other.name.partition("@")[2] != first.name.partition("@")[2], "how it is scaled is part of it"
    kept = copied(first.folder, tmp_path / first.name)
    assert read_adapter(kept).name == first.name


def test_bytes_that_changed_under_a_name_are_refused(model: Path, tmp_path: Path) -> None:
    changed = copied(zero_adapter(model), tmp_path / zero_adapter(model).name, lora_alpha=99)
    with pytest.raises(EngineNotUsable, match="adapters never change"):
        read_adapter(changed)


@pytest.mark.parametrize("targets", ["all-linear", None, []])
def test_targets_that_are_no_list_may_be_any_module(model: Path, tmp_path: Path, targets: object) -> None:
    assert read_adapter(copied(zero_adapter(model), tmp_path / "all", target_modules=targets)).targets is None


def test_none_is_none_and_what_is_missing_is_refused(model: Path, tmp_path: Path) -> None:
    assert find_adapter("", model) is None
    with pytest.raises(EngineNotUsable, match=CONFIG):
        find_adapter(str(tmp_path / "nowhere"), model)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(EngineNotUsable, match="set adapter to ''"):
        zero_adapter(empty)
