"""`spinestream train`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinestream.cli.options import json_option, login_name, wide_console, with_parts, workdir_option

if TYPE_CHECKING:
    from training.run import Run

LOOK_EVERY = 1.0
"""Seconds between two looks at a run."""


@click.group("train")
def command() -> None:
    """Train adapters on accepted samples, and look at the runs. The trainer of `spinestream up` does the work."""


@command.command("run")
@workdir_option
@click.option("--snapshot", "name", help="Dataset to train on: its digest, or the beginning. None: one is frozen now.")
@click.option("--simulated", is_flag=True, help="Of a dataset that is frozen now: also samples no person decided on.")
@click.option(
    "--config",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML with the settings that differ from the deployment's (training/defaults.yaml has all).",
)
@click.option("--why", default="asked for", show_default=True, help="Why it is made.")
@click.option("--who", default=login_name, help="Who asks (default: the login name).")
@click.option("--wait", is_flag=True, help="Return when the run has ended; needs a trainer that runs.")
@json_option
def run(
    workdir: Path,
    name: str | None,
    simulated: bool,
    file: Path | None,
    why: str,
    who: str,
    wait: bool,
    as_json: bool,
) -> int:
    """Ask for a run. The same dataset, settings and parent are the same run, and are not trained twice."""
    from spinestream.asked_runs import ask_for_run
    from spinestream.cli.main import emit
    from spinestream.errors import DONE, UNFINISHED

    _check_trainer(workdir, wait)

    async def go(parts: Any) -> dict[str, Any]:
        request = await ask_for_run(parts, _settings(workdir, file), name, who or "unknown", why, simulated=simulated)
        sent = await parts.send(parts.runs.requests)
        told: dict[str, Any] = {"request": request, "sent": sent}
        if not wait:
            return told
        with _Shown() as shown:
            found = await _until(lambda: parts.runs.of_request(request), lambda one: one.over, shown.show)
        return {**told, **run_told(found)}

    told = with_parts(workdir, go)
    if as_json:
        emit(told)
    elif wait:
        click.echo(f"{told['run']}: {told['state']} {told['adapter'] or told['why']}")
    else:
        when = "the trainer has been told" if told["sent"] else "it is told once a broker runs (`spinestream up`)"
        click.echo(f"{told['request']}: {when}; look with `spinestream train status`")
    return DONE if not wait or told["state"] == "trained" else UNFINISHED


@command.command("status")
@workdir_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Runs, the newest first.")
@click.option("--watch", is_flag=True, help="Look again and again until Ctrl-C.")
@json_option
def status(workdir: Path, limit: int, watch: bool, as_json: bool) -> None:
    """Show runs: how far they have come, loss and tokens a second, and what came of them."""
    from spinestream.cli.main import emit

    if watch and as_json:
        raise click.UsageError("--watch is for people; call `train status --json` again and again instead")

    async def go(parts: Any) -> list[dict[str, Any]]:
        if watch:
            await _watch(lambda: parts.runs.latest(limit))
        return [run_told(one) for one in await parts.runs.latest(limit)]

    try:
        found = with_parts(workdir, go)
    except KeyboardInterrupt:
        return
    if as_json:
        emit(found)
    elif not watch:
        wide_console().print(_table(found))


def run_told(one: Run) -> dict[str, Any]:
    """Return the object that `--json` prints of a run."""
    course = one.course
    return {
        "run": one.id,
        "state": one.state.value,
        "phase": "" if one.over else one.phase.value,
        "why": one.why,
        "snapshot": one.snapshot,
        "request": one.request,
        "parent": one.parent_name,
        "adapter": one.adapter.name if one.adapter else "",
        "model": one.model,
        "config": one.config,
        "samples": one.samples,
        "new": one.new,
        "replayed": one.replayed,
        "simulated": one.simulated,
        "tainted": list(one.tainted),
        "attempts": one.attempts,
        "begun": one.begun,
        "updated": one.updated,
        "ended": one.ended,
        **course.model_dump(mode="json"),
    }


def _settings(workdir: Path, file: Path | None) -> Any:
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    return load(Workdir.existing(workdir)).training_settings(file)


def _check_trainer(workdir: Path, wait: bool) -> None:
    """Refuse to wait for what nobody does."""
    from spinestream.errors import UsageError
    from spinestream.seat import holder
    from spinestream.workdir import Workdir

    found = holder(Workdir.existing(workdir))
    if wait and (found is None or "trainer" not in found.roles):
        raise UsageError(f"no trainer runs in {workdir}: start it with `spinestream up`, or ask without --wait")


async def _until(
    look: Callable[[], Awaitable[Run | None]], over: Callable[[Run], bool], show: Callable[[Run | None], None]
) -> Run:
    while True:
        found = await look()
        show(found)
        if found is not None and over(found):
            return found
        await asyncio.sleep(LOOK_EVERY)


async def _watch(look: Callable[[], Awaitable[tuple[Run, ...]]]) -> None:
    """Show runs until interrupted: a table on a terminal, else a line of the newest."""
    from rich.live import Live

    console = wide_console()
    if not console.is_terminal:
        while True:
            found = await look()
            click.echo(run_line(found[0] if found else None))
            await asyncio.sleep(LOOK_EVERY)
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            live.update(_table([run_told(one) for one in await look()]), refresh=True)
            await asyncio.sleep(LOOK_EVERY)


class _Shown:
    """A run's progress on stderr: one line that changes on a terminal, else a line where something changed."""

    def __init__(self) -> None:
        self._last = ""
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> _Shown:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            click.echo("", err=True)

    def show(self, one: Run | None) -> None:
        """Show where it stands."""
        line = run_line(one)
        if line != self._last:
            self._last = line
            click.echo(f"\r\033[K{line}" if self._terminal else line, err=True, nl=not self._terminal)


def run_line(one: Run | None) -> str:
    """Return a run in a line, for people."""
    if one is None:
        return "no run yet"
    course = one.course
    where = one.state.value if one.over else one.phase.value
    if not course.steps:
        return f"{one.id[:8]} {where}"
    return (
        f"{one.id[:8]} {where} · step {course.step} of {course.steps} · loss {course.loss:.3f} · "
        f"{course.tokens_per_second:.0f} tokens/s · {course.seconds:.0f} s"
    )


def _table(found: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = ("run", "state", "step", "loss", "tokens/s", "samples", "parent", "made", "begun")
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)
    for one in found:
        marks = [name for name, there in (("simulated", one["simulated"]), ("tainted", one["tainted"])) if there]
        table.add_row(
            one["run"][:8],
            " · ".join([one["phase"] or one["state"], *marks]),
            f"{one['step']}/{one['steps']}" if one["steps"] else "",
            f"{one['loss']:.3f}" if one["loss"] is not None else "",
            f"{one['tokens_per_second']:.0f}" if one["steps"] else "",
            f"{one['new']} new + {one['replayed']}",
            one["parent"] or "bare",
            one["adapter"] or one["why"],
            one["begun"][:19],
        )
    return table
