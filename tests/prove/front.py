"""What a stranger meets: the demo from a fresh clone, an own folder, bad input, help."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from tests.prove.row import Row, row
from tests.prove.stand import spinestream
from tests.prove.unreadable import write_bad_files

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).with_name("data") / "corpus"


@row("demo")
def demo(folder: Path) -> Row:
    """A fresh clone, `make setup` timed apart, then `make demo`."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    result = Row("fresh clone -> result", "git clone, make setup, make demo")
    began = time.monotonic()
    subprocess.run(["make", "-s", "setup"], cwd=clone, check=True, capture_output=True)
    result.say(f"make setup {time.monotonic() - began:.0f} s (packages in the machine's cache where they were)")
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "-s", "demo"], cwd=clone, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    most = watch_memory(process)
    out, _ = process.communicate()
    seconds = time.monotonic() - began
    result.check(f"make demo: exit {process.returncode}, {seconds:.0f} s", process.returncode == 0 and seconds < 600)
    result.check(f"memory, sum of PSS at most {most[0] / 2**30:.1f} GB", most[0] < 10 * 2**30)
    result.check("a summary, a sample beside its evidence and the next commands are printed",
                 all(word in out for word in ("what came of it", "evidence", "What next")))  # fmt: skip
    told = re.search(r"samples of (\d+) kinds from (\d+) documents and (\d+) studies", out)
    kinds, documents, studies = (int(number) for number in told.groups()) if told else (0, 0, 0)
    result.check(
        f"samples of {kinds} kinds (4) from {documents} documents (at least 3) and {studies} studies (at least 4)",
        kinds == 4 and documents >= 3 and studies >= 4,
    )
    return result


def watch_memory(process: subprocess.Popen[str]) -> list[int]:
    """Follow the sum of PSS of a process and all below it; returns a cell with the greatest sum."""
    most = [0]

    def watch() -> None:
        while process.poll() is None:
            total = 0
            try:
                family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for one in family:
                try:
                    total += one.memory_full_info().pss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            most[0] = max(most[0], total)
            time.sleep(3)  # a look takes the kernel tenths of a second

    threading.Thread(target=watch, daemon=True).start()
    return most


@row("own-files")
def own_files(folder: Path) -> Row:
    """A stranger's folder, twice."""
    place = folder / "mine"
    place.mkdir()
    for name in sorted(CORPUS.iterdir())[:2]:
        (place / name.name).write_bytes(name.read_bytes())
    result = Row("own files, the same again", "spinestream run FOLDER --workdir W --json, bundled model")
    work = str(folder / "work")
    first = json.loads(spinestream("run", str(place), "--workdir", work, "--json", timeout=900).stdout)
    ids = _ids(work, folder / "first.jsonl")
    told = " ".join(f"{name} {first[name]}" for name in ("planned", "queued", "model_calls", "seconds"))
    result.say(f"first: {told}")
    began = time.monotonic()
    done = spinestream("run", str(place), "--workdir", work, "--json")
    seconds = time.monotonic() - began
    again = json.loads(done.stdout)
    result.check(f"again: exit {done.returncode}, model_calls {again['model_calls']}", again["model_calls"] == 0)
    result.check(f"again: {seconds:.1f} s in all (bar 45)", seconds < 45)
    result.check(f"same ids: {len(ids)}", _ids(work, folder / "second.jsonl") == ids)
    return result


def _ids(work: str, out: Path) -> list[str]:
    spinestream("samples", "export", "--workdir", work, "--out", str(out), "--state", "all", "--canonical")
    return [json.loads(line)["id"] for line in out.read_text().splitlines()]


@row("bad-input")
def bad_input(folder: Path) -> Row:
    """Files that cannot be read beside one that can."""
    place = folder / "mixed"
    bad = write_bad_files(place)
    (place / "good.md").write_bytes(sorted(CORPUS.glob("*.md"))[0].read_bytes())
    result = Row("bad input", "a folder of bad files and one good one, scripted engine")
    work = str(folder / "work")
    done = spinestream("run", str(place), "--workdir", work, "--engine", "scripted", "--json")
    summary = json.loads(done.stdout)
    letters = json.loads(spinestream("deadletters", "list", "--workdir", work, "--json").stdout)
    told = {Path(one["path"]).name: one["why"] for one in summary["refused"]}
    told |= {one["document"]: f"dead letter, {one['why']}: {one['message']}" for one in letters}
    for name in bad:
        result.check(f"{name}: {told.get(name, 'not named')}", name in told)
    result.check(f"exit {done.returncode} (bar 3)", done.returncode == 3)
    whole = summary["planned"] > 0 and summary["open"] == 0 and summary["revised"] == summary["planned"]
    result.check(f"the good one: planned {summary['planned']}, revised {summary['revised']}", whole)
    return result


@row("help")
def help_is_quick(folder: Path) -> Row:
    """`spinestream --help`, median of nine."""
    command = [str(Path(sys.executable).with_name("spinestream")), "--help"]
    times = []
    for _ in range(9):
        began = time.monotonic()
        subprocess.run(command, check=True, capture_output=True, cwd=folder, env={**os.environ})
        times.append(time.monotonic() - began)
    result = Row("spinestream --help", "median of 9")
    median = statistics.median(times)
    result.check(f"{median:.3f} s (bar 0.5)", median < 0.5)
    return result
