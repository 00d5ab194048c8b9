"""Merged weights: what peft computes with the adapter, the merged model computes without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from actors.engines.adapters import CONFIG, WEIGHTS
from actors.engines.errors import EngineNotUsable
from actors.engines.merged import discard, merged

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A llama of two layers with random weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=97,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    folder = tmp_path_factory.mktemp("model") / "tiny"
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "cache"))


def _load(folder: Path) -> Any:
    from transformers import LlamaForCausalLM

    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def _adapter(model: Path, folder: Path, **changed: Any) -> tuple[Any, Path]:
    """Return a model with a random adapter, and where that adapter is saved."""
    told = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM", **changed}
    adapted = peft.get_peft_model(_load(model), peft.LoraConfig(**told))
    torch.manual_seed(1)
    for name, weight in adapted.named_parameters():
        if "lora_" in name:
            weight.data.normal_(0, 0.2)
    adapted.save_pretrained(folder)
    return adapted.eval(), folder


@pytest.mark.parametrize("changed", [{}, {"use_rslora": True}, {"target_modules": ["k_proj", "down_proj"]}])
def test_merged_weights_answer_as_the_adapter_does(model: Path, tmp_path: Path, changed: dict[str, Any]) -> None:
    adapted, folder = _adapter(model, tmp_path / "adapter", **changed)
    tokens = torch.arange(20).reshape(1, 20)
    with torch.no_grad():
        wanted = adapted(tokens).logits
        found = _load(merged(model, folder))(tokens).logits
        bare = _load(model)(tokens).logits
    assert torch.allclose(found, wanted, atol=1e-5)
    assert not torch.allclose(found, bare, atol=1e-2)


def test_a_model_in_bfloat16_keeps_the_delta_in_float32(model: Path, tmp_path: Path) -> None:
    half = tmp_path / "half"
    _load(model).to(torch.bfloat16).save_pretrained(half)
    adapted, folder = _adapter(half, tmp_path / "adapter")
    tokens = torch.arange(20).reshape(1, 20)
    with torch.no_grad():
        assert torch.allclose(_load(merged(half, folder))(tokens).logits, adapted(tokens).logits, atol=1e-5)


def test_it_is_made_once_and_named_by_both(model: Path, tmp_path: Path) -> None:
    _, folder = _adapter(model, tmp_path / "adapter")
    first = merged(model, folder)
    stamp = (first / "model.safetensors").stat().st_mtime_ns
    assert merged(model, folder) == first
    assert (first / "model.safetensors").stat().st_mtime_ns == stamp
    assert (first / "config.json").read_bytes() == (model / "config.json").read_bytes()
    _, other = _adapter(model, tmp_path / "other", r=2)
    assert merged(model, other) != first
    discard(first)
    assert not first.exists()
    assert merged(model, folder).is_dir()


def test_without_an_adapter_it_is_the_model_itself(model: Path) -> None:
    assert merged(model, None) == model
    discard(model)
    assert model.is_dir()


def test_an_adapter_of_another_model_is_refused_and_leaves_nothing(model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    _, folder = _adapter(model, tmp_path / "adapter")
    whole = load_file(str(folder / WEIGHTS))
    deeper = {name.replace("layers.1", "layers.7"): weight for name, weight in whole.items()}
    wider = {name: torch.nn.functional.pad(w, (0, 3)) if "lora_A" in name else w for name, w in whole.items()}
    half = dict(list(whole.items())[1:])
    for weights, fault in ((deeper, "has no weight"), (wider, "does not fit"), (half, "lacks halves")):
        save_file(weights, str(folder / WEIGHTS))
        with pytest.raises(EngineNotUsable, match=fault):
            merged(model, folder)
    assert [one for one in (tmp_path / "cache" / "merged").iterdir() if one.is_dir()] == []


@pytest.mark.parametrize(
    "field", [{"use_dora": True}, {"bias": "all"}, {"peft_type": "IA3"}, {"rank_pattern": {"q_proj": 2}}]
)
def test_a_kind_that_is_not_read_is_refused(model: Path, tmp_path: Path, field: dict[str, Any]) -> None:
    _, folder = _adapter(model, tmp_path / "adapter")
    config = orjson.loads((folder / CONFIG).read_bytes())
    (folder / CONFIG).write_bytes(orjson.dumps({**config, **field}))
    with pytest.raises(EngineNotUsable):
        merged(model, folder)


def test_what_is_no_adapter_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineNotUsable, match="no LoRA adapter"):
        merged(model, tmp_path)
