"""What tests of training share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.tiny_model import make_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a random model with its tokenizer."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny-llama")
