"""`spinestream perf`: measurements of this machine, each on a private deployment that is gone afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option

_gate_options = (
    click.option("--gate", is_flag=True, help="Exit with 1 where a figure does not reach its bound."),
    click.option(
        "--gates", type=click.Path(exists=True, path_type=Path), help="Bounds in YAML instead of the packaged."
    ),
)


def _gated(command: Any) -> Any:
    for option in reversed(_gate_options):
        command = option(command)
    return command


@click.group("perf")
def command() -> None:
    """Measure what the pipeline costs on this machine; nothing of yours is touched. Let nothing else run meanwhile."""


@command.command("pipeline")
@click.option("--pairs", type=click.IntRange(1, 50), default=5, show_default=True, help="Interleaved pairs of runs.")
@click.option("--items", type=click.IntRange(65), default=128, show_default=True, help="Items of a run.")
@click.option("--quick", is_flag=True, help="Leave out the two ratios told beside (without adapter, unchanged vLLM).")
@_gated
@json_option
def pipeline(pairs: int, items: int, quick: bool, gate: bool, gates: Path | None, as_json: bool) -> int:
    """Tokens per second through everything, against bare vLLM on the same requests. Takes an hour or more."""
    from spinestream.perf import pipeline as measurement

    return _measured(
        "pipeline", lambda show: measurement.measure(pairs, items, show, beside=not quick), gate, gates, as_json
    )


@command.command("control")
@click.option("--items", type=click.IntRange(500), default=5000, show_default=True, help="Items after the warm-up.")
@_gated
@json_option
def control(items: int, gate: bool, gates: Path | None, as_json: bool) -> int:
    """Items per second and CPU time an item of everything but the model, which the scripted engine stands in for."""
    from spinestream.perf import control as measurement

    return _measured("control", lambda show: measurement.measure(items, show), gate, gates, as_json)


@command.command("latency")
@click.option("--records", type=click.IntRange(20, 10_000), default=200, show_default=True, help="Records, one by one.")
@_gated
@json_option
def latency(records: int, gate: bool, gates: Path | None, as_json: bool) -> int:
    """Milliseconds from a `planned` record to its request at the engine, while nothing else waits."""
    from spinestream.perf import latency as measurement

    return _measured("latency", lambda show: measurement.measure(records, show), gate, gates, as_json)


def _measured(
    name: str, measure: Callable[[Callable[[str], None]], Any], gate: bool, gates: Path | None, as_json: bool
) -> int:
    from spinestream.cli.main import emit
    from spinestream.errors import DONE, FAILED
    from spinestream.perf.gates import faults_of, read_gates
    from spinestream.perf.private import alone, interruptible

    read_gates(gates)
    with interruptible(), alone(), _Told() as told:
        figures = measure(told.show).as_json()
    if as_json:
        emit(figures)
    else:
        _print(figures)
    faults = faults_of(name, figures, gates)
    for fault in faults:
        click.echo(f"spinestream: {fault}", err=True)
    return FAILED if gate and faults else DONE


def _print(figures: dict[str, Any]) -> None:
    from spinestream.cli.options import listing

    table, console = listing("figure", "value")
    for name, value in figures.items():
        if isinstance(value, dict):
            for part, number in value.items():
                table.add_row(f"{name} · {part}", str(number))
        elif not isinstance(value, list | tuple):
            table.add_row(name, str(value))
    console.print(table)


class _Told:
    """One line on stderr that is written over on a terminal, and every half minute elsewhere."""

    EVERY = 30.0

    def __enter__(self) -> _Told:
        import time

        from rich.console import Console

        self._console = Console(stderr=True)
        self._status = self._console.status("starting") if self._console.is_terminal else None
        self._clock = time.monotonic
        self._last = -self.EVERY
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def show(self, step: str) -> None:
        """Tell what goes on."""
        if self._status:
            self._status.update(step)
        elif self._clock() - self._last >= self.EVERY:
            self._last = self._clock()
            click.echo(step, err=True)
