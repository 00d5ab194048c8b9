"""`make prove`: runs the long proofs by name and writes docs/measurements.md. `make prove ROWS="kills healing"` runs
some."""

from __future__ import annotations

import datetime
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.prove import (  # noqa: F401 - they register rows
    chance,
    chaos,
    engines,
    front,
    gate,
    gateway,
    images,
    kill_scorer,
    kill_trainer,
    kinds,
    leak,
    learns,
    loop,
    performance,
    phantoms,
    poisoned,
    pools,
    published,
    quality,
    raylets,
    readings,
    restart,
    restore,
    secured,
    statistics,
    swap,
    traces,
    trends,
    withdrawal,
)
from tests.prove.row import ROWS, Row

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "measurements.json"
PAGE = ROOT / "docs" / "measurements.md"


def main(names: list[str]) -> int:
    """Run the rows named, or all; returns 1 when a bar was missed."""
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        print(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}", file=sys.stderr)
        return 2
    missed = 0
    for name in names or ROWS:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix=f"prove-{name}-"))
        try:
            found = ROWS[name](folder)
        except BaseException:
            print(f"what it left is kept in {folder}", file=sys.stderr)
            raise
        if found.missed:
            print(f"what it left is kept in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
        _keep(name, found, time.monotonic() - began)
        missed += found.missed
    print(f"{missed} bars missed")
    return 1 if missed else 0


def _keep(name: str, found: Row, seconds: float) -> None:
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept[name] = {
        "title": found.title,
        "how": found.how,
        "command": f"make prove ROWS={name}",
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {_memory()} GB, Python {platform.python_version()}, {platform.system()}",
        "seconds": round(seconds),
        "lines": found.lines,
        "missed": found.missed,
    }
    ordered = {row: kept[row] for row in ROWS if row in kept}
    KEPT.write_text(json.dumps(ordered, indent=1) + "\n")
    PAGE.write_text(_page(ordered))


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _page(kept: dict[str, dict[str, object]]) -> str:
    lines = [
        "# Measurements",
        "",
        "Written by `make prove`: every figure is what the command printed on that day and machine; misses are kept.",
        "",
    ]
    for one in kept.values():
        lines += [
            f"## {one['title']}",
            "",
            f"`{one['command']}` · {one['date']} · {one['machine']} · {one['seconds']} s  ",
        ]
        lines += [f"{one['how']}", "", "```", *(str(line) for line in one["lines"]), "```", ""]  # type: ignore[attr-defined]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
