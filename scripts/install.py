"""Installs a lock file and this package into the environment that runs it; tries again when a registry stumbles.

`python scripts/install.py requirements/cpu-dev.lock`
"""

from __future__ import annotations

import subprocess
import sys
import time

TRIES = 4


def uv(*arguments: str) -> bool:
    """Run `uv pip install` and tell whether it worked."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable, *arguments]
    return subprocess.run(command, check=False).returncode == 0


def install(*arguments: str) -> None:
    """Install, trying again with the registry's answers asked anew."""
    for attempt in range(1, TRIES + 1):
        if uv(*arguments, *(["--refresh"] if attempt > 1 else [])):
            return
        print(f"attempt {attempt} of {TRIES} did not work; waiting a little", file=sys.stderr)
        time.sleep(5 * attempt)
    sys.exit("the packages could not be installed; the lines above say why")


def main() -> None:
    """Install what the lock names, then this package itself, editable."""
    install("--no-deps", "--requirement", sys.argv[1])
    install("--no-deps", "--editable", ".")


if __name__ == "__main__":
    main()
