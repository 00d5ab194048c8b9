"""`deploy/make-env` makes every password, for its owner's eyes, and never writes over one."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

from tests.deploy.composed import composed, env_file
from tests.deploy.places import DEPLOY, EXAMPLE


def made(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DEPLOY / "make-env", path], capture_output=True, text=True, check=False)


def test_every_secret_is_random(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    assert made(first).returncode == made(second).returncode == 0
    example, a, b = env_file(EXAMPLE), env_file(first), env_file(second)
    secrets = {name for name, value in example.items() if not value}
    assert len(secrets) == 10
    assert len({a[name] for name in secrets} | {b[name] for name in secrets}) == 2 * len(secrets)
    assert all(re.fullmatch(r"[0-9a-f]{48}", a[name]) for name in secrets)
    assert {name: a[name] for name in a if name not in secrets} == {
        n: v for n, v in example.items() if n not in secrets
    }
    composed(a)


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    made(tmp_path / ".env")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_what_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("REDIS_PASSWORD=mine\n")
    done = made(path)
    assert done.returncode == 2
    assert "nothing was changed" in done.stderr
    assert path.read_text() == "REDIS_PASSWORD=mine\n"


def test_nothing_is_said_of_a_secret(tmp_path: Path) -> None:
    done = made(tmp_path / ".env")
    told = done.stdout + done.stderr
    assert not [value for name, value in env_file(tmp_path / ".env").items() if len(value) == 48 and value in told]
