"""`spinestream status`."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinestream.cli.options import json_option, workdir_option

if TYPE_CHECKING:
    from spinestream.survey import Survey, Surveyor

BETWEEN_LOOKS = 1.0
"""Seconds over which a single call measures how fast things move."""
WATCH_EVERY = 2.0
LINE_EVERY = 5.0
"""Seconds between two looks of `--watch`, on a terminal and off it."""


@click.command("status")
@workdir_option
@click.option("--watch", is_flag=True, help="Look again and again until Ctrl-C; off a terminal, a line at a time.")
@json_option
def command(workdir: Path, watch: bool, as_json: bool) -> None:
    """Show servers, roles, pools, what waits at each stage, counts and budget. It starts nothing."""
    from spinestream.cli.main import emit
    from spinestream.cli.options import wide_console
    from spinestream.cli.status_view import survey_view
    from spinestream.survey import Surveyor
    from spinestream.workdir import Workdir

    if watch and as_json:
        raise click.UsageError("--watch is for people; call `status --json` again and again instead")
    surveyor = Surveyor(Workdir.existing(workdir))
    if watch:
        _watch(surveyor)
        return
    found = asyncio.run(_twice(surveyor))
    if as_json:
        emit(found.as_json())
    else:
        wide_console().print(survey_view(found))


async def _twice(surveyor: Surveyor) -> Survey:
    """Look, and where something may move look again, for its rate."""
    found = await surveyor.look()
    if found.holder is None or found.view is None:
        return found
    await asyncio.sleep(BETWEEN_LOOKS)
    return await surveyor.look()


def _watch(surveyor: Surveyor) -> None:
    from rich.console import Console
    from rich.live import Live

    from spinestream.cli.status_view import survey_line, survey_view

    console = Console(highlight=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background job is started with it ignored
    try:
        if not console.is_terminal:
            while True:
                found = _looked(surveyor)
                click.echo(f"{time.strftime('%H:%M:%S')} " + (survey_line(found) if found else "a server is away"))
                time.sleep(LINE_EVERY)
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                found = _looked(surveyor)
                if found is not None:
                    live.update(survey_view(found), refresh=True)
                time.sleep(WATCH_EVERY)
    except KeyboardInterrupt:
        return


def _looked(surveyor: Surveyor) -> Any:
    """Look; None while a server comes back."""
    from streams.dependencies import as_dependency_down

    try:
        return asyncio.run(surveyor.look())
    except Exception as error:
        if as_dependency_down(error) is None:
            raise
        return None
