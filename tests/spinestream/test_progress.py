"""Progress off a terminal: one plain line each, on stderr, at steps and every few seconds."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from actors.usage import Used
from review_bridge import SampleCounts
from spinestream.running import progress as module
from spinestream.running.progress import Progress
from spinestream.running.report import Standing


def _standing() -> Standing:
    counts = SampleCounts(
        planned=3, drafted=2, queued=40, held=5, accepted=0, edited=0, rejected=0, retracted=0,
        held_by_reason={"cut-off": 5}, dead=1, dead_by_why={"bad-schema": 1}, open=5,
    )  # fmt: skip
    return Standing(
        sources=3, withdrawn=0, passages=9, planned=60, unplanned=1, samples=counts, retracted=0, unswept=0,
        dead_sources={"v": "encrypted"},
    )  # fmt: skip


def test_lines_are_plain_whole_and_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.show("taking in 1 of 2: [red]a name[/red].md", None, Used())
        progress.show("running", _standing(), Used(calls=12))
    out, err = capfd.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.endswith("taking in 1 of 2: [red]a name[/red].md")
    assert second.endswith(
        "running: read 2 (0.0/s) · plan 50 (0.0/s) · draft 47 (0.0/s) · revise 45 (0.0/s) · "
        "queued 40 · held 5 · dead 2 · open 16 · calls 12"
    )
    assert "\x1b" not in err


def test_a_step_that_goes_on_is_told_again_only_after_a_while(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 2.0, 2.5, 13.0, 13.5])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with Progress() as progress:
        for number in range(1, 5):
            progress.show(f"taking in {number} of 9: a.md", None, Used())
        progress.show("looking", None, Used())
    told = [line.split("] ")[1] for line in capfd.readouterr().err.splitlines()]
    assert told == ["taking in 1 of 9: a.md", "taking in 4 of 9: a.md", "looking"]


def test_a_terminal_gets_a_table_of_stages() -> None:
    progress = Progress()
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    console.print(progress._table("running", _standing(), Used(calls=12, output_tokens=99)))
    told = console.file.getvalue()  # type: ignore[attr-defined]
    for words in ("running · 0 s", "stage", "per second", "revise", "queued 40", "held 5", "dead 2", "open 16"):
        assert words in told
