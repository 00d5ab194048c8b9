from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy
import orjson
import pytest
from safetensors.numpy import save_file

from actors.engines.adapter_check import check_adapter, check_fits, matrices_of
from actors.engines.adapters import CONFIG, WEIGHTS, Adapter, read_adapter
from actors.engines.errors import EngineNotUsable
from actors.engines.safetensors_file import all_finite, tensors_of
from tests.actors.made_adapters import MODULE, changed, plain

SHAPES = {"model.layers.0.self_attn.q_proj": (16, 8), "model.layers.0.self_attn.v_proj": (8, 8)}
Q_A, Q_B = f"{MODULE}.q_proj.lora_A.weight", f"{MODULE}.q_proj.lora_B.weight"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return plain(tmp_path / "sound")


def fits(folder: Path, shapes: Any = SHAPES, served: Any = ("q_proj", "v_proj"), rank: int = 8) -> None:
    adapter = read_adapter(folder)
    check_fits(adapter, check_adapter(adapter), shapes, served, rank)


def test_a_sound_adapter_is_whole_and_fits(sound: Path) -> None:
    halves = check_adapter(read_adapter(sound))
    assert [(one.module, one.a, one.b) for one in halves] == [
        ("model.layers.0.self_attn.q_proj", (8, 8), (16, 8)),
        ("model.layers.0.self_attn.v_proj", (8, 8), (8, 8)),
    ]
    fits(sound)


@pytest.mark.parametrize("broken", [numpy.nan, numpy.inf, -numpy.inf])
@pytest.mark.parametrize("kind", [numpy.float16, numpy.float32, numpy.float64])
def test_what_is_no_number_is_found_in_every_format(sound: Path, tmp_path: Path, broken: float, kind: Any) -> None:
    def change(name: str, tensor: Any) -> Any:
        tensor = tensor.astype(kind)
        if name == Q_B:
            tensor[3, 2] = broken
        return tensor

    with pytest.raises(EngineNotUsable, match=r"q_proj\.lora_B\.weight holds what is no number"):
        check_adapter(read_adapter(changed(sound, tmp_path / "broken", change)))


@pytest.mark.parametrize(("bits", "finite"), [(0x3F80, True), (0x7F7F, True), (0x7F80, False), (0xFFC0, False)])
def test_bfloat16_is_read_by_its_bits(tmp_path: Path, bits: int, finite: bool) -> None:
    """1.0, the largest number, infinity, and none at all."""
    header = orjson.dumps({"w": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}})
    file = tmp_path / "file"
    file.write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<HH", 0, bits))
    (tensor,) = tensors_of(file)
    assert tensor.shape == (2,)
    assert all_finite(file, tensor) is finite


def test_formats_that_weights_do_not_come_in_are_refused(sound: Path, tmp_path: Path) -> None:
    whole = changed(sound, tmp_path / "whole", lambda name, tensor: (tensor * 100).astype(numpy.int8))
    with pytest.raises(EngineNotUsable, match="no number"):
        check_adapter(read_adapter(whole))


@pytest.mark.parametrize("cut", [0, 7, 100, -1])
def test_a_file_that_is_cut_off_is_refused(sound: Path, cut: int) -> None:
    content = (sound / WEIGHTS).read_bytes()
    (sound / WEIGHTS).write_bytes(content[:cut])
    with pytest.raises(EngineNotUsable, match="cannot be read"):
        check_adapter(read_adapter(sound))


@pytest.mark.parametrize("header", [b"[]", b"nonsense", b'{"w": {"dtype": "F32"}}', b'{"w": 5}'])
def test_a_header_that_is_none_is_refused(tmp_path: Path, header: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(ValueError, match="its header is"):
        tensors_of(file)


def test_halves_that_do_not_fit_each_other_are_refused(sound: Path, tmp_path: Path) -> None:
    lone = changed(sound, tmp_path / "lone", lambda name, tensor: None if name == Q_A else tensor)
    narrow = changed(sound, tmp_path / "narrow", lambda name, tensor: tensor[:4] if name == Q_A else tensor)
    for folder in (lone, narrow):
        with pytest.raises(EngineNotUsable, match=r"q_proj do not fit each other"):
            check_adapter(read_adapter(folder))


def test_what_is_no_lora_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / CONFIG).write_bytes(b'{"r": 8}')
    for name, match in ((f"{MODULE}.q_proj.lora_magnitude_vector", "no half of a LoRA"), (None, "changes nothing")):
        save_file({name: numpy.ones(8, numpy.float32)} if name else {}, folder / WEIGHTS)
        with pytest.raises(EngineNotUsable, match=match):
            check_adapter(read_adapter(folder))


def test_an_adapter_of_another_model_is_refused(sound: Path) -> None:
    with pytest.raises(EngineNotUsable, match="16 x 8, the model has 24 x 8 there: it was made for another model"):
        fits(sound, {**SHAPES, "model.layers.0.self_attn.q_proj": (24, 8)})
    with pytest.raises(EngineNotUsable, match="the model has no such module"):
        fits(sound, {name.replace("layers.0", "layers.1"): shape for name, shape in SHAPES.items()})


def test_what_goes_before_the_layers_may_be_called_otherwise(sound: Path) -> None:
    fits(sound, {name.replace("model.", "language_model.model."): shape for name, shape in SHAPES.items()})


def test_a_model_whose_matrices_are_named_otherwise_is_left_to_the_engine(sound: Path) -> None:
    fits(sound, {"model.embed_tokens": (100, 8)})


def test_rank_and_modules_are_those_the_engine_was_started_for(sound: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineNotUsable, match="changes v_proj, and this engine serves o_proj, q_proj"):
        fits(sound, served=("q_proj", "o_proj"))
    fits(sound, served=None)
    with pytest.raises(EngineNotUsable, match="rank 16: raise max_lora_rank above 8"):
        fits(plain(tmp_path / "wide", rank=16))


def test_matrices_are_found_in_every_file_of_a_model(tmp_path: Path) -> None:
    ones = numpy.ones((4, 2), numpy.float32)
    save_file({"model.layers.0.q_proj.weight": ones, "model.norm.weight": ones[0]}, tmp_path / "a.safetensors")
    save_file({"model.vision_model.q_proj.weight": ones, "lm_head.weight": ones}, tmp_path / "b.safetensors")
    assert matrices_of(tmp_path) == {"model.layers.0.q_proj": (4, 2), "lm_head": (4, 2)}
    (tmp_path / "c.safetensors").write_bytes(b"no")
    with pytest.raises(EngineNotUsable, match=r"c\.safetensors cannot be read"):
        matrices_of(tmp_path)


def test_a_missing_file_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(EngineNotUsable, match=rf"adapter gone@0: {WEIGHTS} cannot be read"):
        check_adapter(Adapter("gone@0", tmp_path, 8, None))
