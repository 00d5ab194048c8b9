"""compose.yaml as it is after `deploy/make-env`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.composed import composed, env_file
from tests.deploy.places import DEPLOY


@pytest.fixture(scope="session")
def dotenv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .env file that `deploy/make-env` writes."""
    path = tmp_path_factory.mktemp("one-server") / ".env"
    subprocess.run([DEPLOY / "make-env", path], check=True, capture_output=True)
    return path


@pytest.fixture(scope="session")
def compose(dotenv: Path) -> dict[str, Any]:
    """compose.yaml with every variable filled in."""
    return composed(env_file(dotenv))
