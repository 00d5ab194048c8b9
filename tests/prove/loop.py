"""The whole loop by one command, and what a browser shows of it afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.prove.front import ROOT, watch_memory
from tests.prove.row import Row, row
from tests.prove.stand import spinestream

MINUTES = 30
"""What one turn by `make loop` may take."""
PICTURE = ROOT / "docs" / "images" / "loop.png"
LEAST_LINES = 10
"""Paths that the charts of the trends page have at least: axes, band, champion, challengers."""
REVIEWER, PASSWORD = "Dr Proof", "a password of this proof"
PROMOTES = ("--studies", "44", "--seed", "11", "--minutes", "60")
"""Of the second run: with these the candidate has more to learn from, and longer to do it."""


@row("loop")
def loop(folder: Path) -> Row:
    """One turn as `make loop` takes it; whichever way the gate decides, its numbers are told."""
    result = Row(
        "the loop: one command from documents to the model that answers",
        "`make loop`: three documents and phantom studies, simulated review, LoRA, SpineBench, gate, swap; no person",
    )
    told = _turn(folder / "W", (), result)
    result.check(f"under {MINUTES} minutes", told["taken_s"] < 60 * MINUTES)
    _look(folder / "W", result)
    return result


@row("loop-promotes")
def loop_promotes(folder: Path) -> Row:
    """A second, seeded turn in which the gate promotes, and new drafts carry the new digest."""
    result = Row("the loop: a promotion that does happen", f"`spinestream loop {' '.join(PROMOTES)}`")
    told = _turn(folder / "W", PROMOTES, result)
    result.check(f"the gate says {told['judgement']}", told["promoted"])
    result.check(
        f"{told['new_drafts']} drafts after the swap, by {told['new_drafts_by']}",
        told["new_drafts"] > 0 and told["new_drafts_by"] == [told["adapter"]],
    )
    return result


def _turn(workdir: Path, options: Sequence[str], result: Row) -> dict[str, Any]:
    command = [sys.executable, "-m", "spinestream", "loop", "--workdir", str(workdir), "--json", *options]
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    most = watch_memory(process)
    out, err = process.communicate()
    seconds = time.monotonic() - began
    result.check(f"exit {process.returncode} after {seconds / 60:.1f} min", process.returncode in (0, 3) and bool(out))
    assert out, err[-3000:]
    result.check(f"memory, sum of PSS at most {most[0] / 2**30:.1f} GB (bar 12)", most[0] < 12 * 2**30)
    told = json.loads(out)
    _told(told, workdir, result)
    return {**told["turn"], "taken_s": seconds}


def _told(told: dict[str, Any], workdir: Path, result: Row) -> None:
    turn = told["turn"]
    result.say(f"planned {told['planned']}, queued {told['queued']}; decisions {turn['decisions']}; {turn['seconds']}")
    result.check(
        f"snapshot {turn['snapshot'][:12]}: {turn['samples']} samples, marked simulated: {turn['simulated']}",
        turn["samples"] > 0 and turn["simulated"],
    )
    result.check(
        f"run {turn['run_state']}: {turn['steps']} steps, loss {turn['first_loss']} -> {turn['last_loss']}, "
        f"{turn['adapter']}",
        turn["run_state"] == "trained",
    )
    for one in turn["axes"]:
        if not one["axis"].startswith("level:"):
            result.say(
                f"{one['axis']}: candidate {one['candidate']:.3f}, champion {one['champion']:.3f}, difference "
                f"{one['difference']:+.3f} ({one['low']:+.3f} – {one['high']:+.3f}), {one['items']} items"
            )
    result.check(f"gate: {turn['judgement']}, look {turn['look']}", turn["judgement"] in ("promoted", "refused"))
    for reason in turn["reasons"]:
        result.say(f"  {reason}")
    out = workdir / "accepted.jsonl"
    spinestream(
        *("samples", "export", "--workdir", str(workdir), "--out", str(out)),
        *("--state", "accepted,edited,rejected"),
    )
    decided = [json.loads(line) for line in out.read_text().splitlines()]
    marked = sum(one["simulated"] for one in decided)
    result.check(f"decided samples that say so: {marked} of {len(decided)}", 0 < marked == len(decided))


def _look(workdir: Path, result: Row) -> None:
    """Take a picture of the trends page of the deployment as it stands."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        result.say("no chromium here: no picture was taken")
        return
    added = subprocess.run(
        [sys.executable, "-m", "spinestream", "reviewers", "add", REVIEWER, "--workdir", str(workdir)],
        input=f"{PASSWORD}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    up = spinestream("up", "store", "web", "trends", "--workdir", str(workdir), "--detach", "--json")
    try:
        found = json.loads(up.stdout)
        with _browser() as browser:
            browser.get(f"{found['web']}/sign-in")
            browser.find_element("css selector", "input[name=name]").send_keys(REVIEWER)
            browser.find_element("css selector", "input[name=password]").send_keys(PASSWORD, "\n")
            _until(lambda: "/sign-in" not in browser.current_url)
            browser.get(f"{found['web']}/trends")
            _until(lambda: "spine@" in browser.find_element("css selector", "body").text)
            _drawn(browser)
            words = browser.find_element("css selector", "body").text
            browser.save_screenshot(str(PICTURE))
    finally:
        spinestream("down", "--workdir", str(workdir))
    names = sorted(set(re.findall(r"spine@[0-9a-f]{12}", words)))
    result.check(f"the dashboard names the candidate: {names}; picture in docs/images/loop.png", bool(names))


def _drawn(browser: Any) -> None:
    """Wait until the charts are drawn: half a second in which they get no further line."""
    look = "return document.querySelectorAll('svg path').length"

    def still() -> bool:
        lines = browser.execute_script(look)
        time.sleep(0.5)
        return lines > LEAST_LINES and lines == browser.execute_script(look)

    _until(still)


@contextmanager
def _browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("headless", "no-sandbox", "disable-gpu", "disable-background-networking", "window-size=1440,1400"):
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(shutil.which("chromedriver"))))
    try:
        yield driver
    finally:
        driver.quit()


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
