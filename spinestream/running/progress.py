"""Progress of a run on the terminal (stderr): counts, rate, open, held and dead of each stage, live; plain lines
where there is no terminal."""

from __future__ import annotations

import re
import time
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from actors.usage import Used
from spinestream.running.rates import Rates
from spinestream.running.report import Standing

LINE_EVERY = 10.0


class Progress:
    """Shows what `Runner` tells it. A context manager."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._began = time.monotonic()
        self._last_line = 0.0
        self._kind = ""
        """The step of the last line up to its first number: a count that grows is no new step."""
        self._rates = Rates()
        self._ended = False

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def end(self) -> None:
        """Show nothing more."""
        self._ended = True
        if self._console.is_terminal:
            self._live.stop()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def show(self, step: str, standing: Standing | None, used: Used) -> None:
        """Show a step, and the table of stages once there is something to count."""
        if self._ended:
            return
        if self._console.is_terminal:
            self._live.update(self._table(step, standing, used) if standing else Text(self._titled(step)))
            return
        now = time.monotonic()
        kind = re.split(r"\d", step)[0]
        if kind != self._kind or now - self._last_line >= LINE_EVERY:
            self._kind, self._last_line = kind, now
            click.echo(f"[{now - self._began:6.1f} s] {step}{self._line(standing, used)}", err=True)

    def _titled(self, step: str) -> str:
        return f"{step} · {time.monotonic() - self._began:.0f} s"

    def _rows(self, standing: Standing) -> list[tuple[str, int, int, float]]:
        """Return (stage, done, open, done per second of late) in the order work flows."""
        samples = standing.samples
        revised = samples.total - samples.planned - samples.drafted - samples.retracted
        rows = [
            ("read", standing.sources - standing.unplanned, standing.unplanned),
            ("plan", samples.total, standing.missing),
            ("draft", samples.drafted + revised, samples.planned),
            ("revise", revised, samples.drafted),
        ]
        return [(stage, done, waiting, self._rates.seen(stage, done)) for stage, done, waiting in rows]

    def _table(self, step: str, standing: Standing, used: Used) -> Table:
        table = Table(title=Text(self._titled(step)), expand=False)
        for name in ("stage", "done", "per second", "open"):
            table.add_column(name, justify="left" if name == "stage" else "right")
        for stage, done, waiting, rate in self._rows(standing):
            table.add_row(stage, str(done), f"{rate:.1f}", str(waiting))
        samples = standing.samples
        table.caption = (
            f"queued {samples.queued} · held {samples.held} · dead {sum(standing.dead.values())} · "
            f"open {standing.open} · model calls {used.calls} · output tokens {used.output_tokens}"
        )
        return table

    def _line(self, standing: Standing | None, used: Used) -> str:
        if standing is None:
            return ""
        stages = " · ".join(f"{stage} {done} ({rate:.1f}/s)" for stage, done, _, rate in self._rows(standing))
        samples = standing.samples
        return (
            f": {stages} · queued {samples.queued} · held {samples.held} · dead {sum(standing.dead.values())} · "
            f"open {standing.open} · calls {used.calls}"
        )
