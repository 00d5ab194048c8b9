"""Installs a lock file and this package into the environment that runs it; tries again when a registry stumbles.

`python scripts/install.py requirements/cpu-dev.lock`: the lock, then this checkout, editable.

An image takes two steps, so that a change of ours does not install the lock anew: `LOCK --only [--without NAME,NAME]`,
then `--wheel FOLDER` for the wheel of this package that lies there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

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


def thinned(lock: str, without: Collection[str]) -> str:
    """Return the text of a lock file less the packages named; ends with a message where one is not in it."""
    lines = lock.splitlines()
    pinned = {line.partition("==")[0] for line in lines}
    if missing := sorted(set(without) - pinned):
        sys.exit(f"not in the lock, so they cannot be left out of it: {', '.join(missing)}")
    return "\n".join(line for line in lines if line.partition("==")[0] not in without) + "\n"


def install_lock(lock: Path, without: Collection[str]) -> None:
    """Install what a lock file names, less the packages left out; no dependency is looked for."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / lock.name
        wanted.write_text(thinned(lock.read_text(), without))
        install("--no-deps", "--requirement", str(wanted))


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lock", nargs="?", type=Path)
    parser.add_argument("--only", action="store_true", help="install the lock, not this package")
    parser.add_argument("--without", default="", help="packages of the lock that are left out, with commas between")
    parser.add_argument("--wheel", type=Path, help="folder of the wheel to install in place of the checkout")
    asked = parser.parse_args()
    if asked.lock is None and asked.wheel is None:
        parser.error("name a lock file, or the folder of a wheel")
    if asked.lock is not None:
        install_lock(asked.lock, [name for name in asked.without.split(",") if name])
    if asked.wheel is not None:
        [wheel] = asked.wheel.glob("*.whl")
        install("--no-deps", str(wheel))
    elif not asked.only:
        install("--no-deps", "--editable", ".")


if __name__ == "__main__":
    main()
