"""One YAML: its defaults, what it refuses, and what takes part in the digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.errors import ConfigurationUnusable
from training.settings import DEFAULTS, NO_INFLUENCE, TrainSettings, config_digest, read_settings

MODEL = "a" * 64


def test_the_packaged_file_says_every_setting_with_its_default() -> None:
    import yaml

    told = yaml.safe_load(DEFAULTS.read_text())
    assert told.keys() == TrainSettings.model_fields.keys()
    assert read_settings(DEFAULTS) == read_settings() == TrainSettings()


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("rank: 16\ntargets: [v_proj, k_proj, v_proj]\n")
    found = read_settings(file, TrainSettings(batch=2))
    assert (found.rank, found.targets, found.batch) == (16, ("k_proj", "v_proj"), 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rank: 0", "rank"),
        ("ranks: 8", "ranks"),
        ("- rank", "holds no settings"),
        ("rank: [", "cannot be read as YAML"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationUnusable, match=told) as refused:
        read_settings(file)
    assert "mine.yaml" in str(refused.value)


def test_the_digest_is_of_what_decides_about_the_adapter() -> None:
    assert set(NO_INFLUENCE) < TrainSettings.model_fields.keys()
    plain = config_digest(TrainSettings(), MODEL)
    assert config_digest(TrainSettings(checkpoint_every=1, threads=4, min_samples=1, init_from="base"), MODEL) == plain
    others = [TrainSettings(rank=16), TrainSettings(seed=1), TrainSettings(replay=0), TrainSettings(dtype="float32")]
    digests = {plain, config_digest(TrainSettings(), "b" * 64), *(config_digest(one, MODEL) for one in others)}
    assert len(digests) == 6
