"""The summary of a run, for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from spinestream.errors import UsageError
from spinestream.running import RunReport


def print_summary(report: RunReport) -> None:
    """Print what came of a run: a table, then what was refused or is dead, by name and reason."""
    console = Console(highlight=False)
    told = report.as_json()
    table = Table(title="what came of it", show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    for name in ("sources", "passages", "planned", "drafted", "revised", "queued"):
        table.add_row(name, str(told[name]))
    table.add_row("held", str(told["held_items"]))
    for reason, number in told["held"].items():
        table.add_row(f"  {reason}", str(number))
    for name in ("accepted", "edited", "rejected", "retracted"):
        if told[name]:
            table.add_row(name, str(told[name]))
    table.add_row("dead", str(sum(told["dead"].values())))
    table.add_row("open", str(told["open"]))
    table.add_row("model calls", str(told["model_calls"]))
    table.add_row("tokens in / out", f"{told['prompt_tokens']} / {told['output_tokens']}")
    table.add_row("seconds", f"{told['seconds']:.1f}")
    console.print(table)
    for one in report.refused:
        console.print(f"refused {one.path}: {one.why}", markup=False, soft_wrap=True)
    for reason, number in told["dead"].items():
        console.print(f"dead: {number} for {reason}", markup=False, soft_wrap=True)


def print_advice(report: RunReport, workdir: Path) -> None:
    """Say on stderr what to do about what is not as it should be."""
    standing = report.standing
    if not (standing.sources or standing.untaken or report.refused):
        click.echo("no document (.md, .markdown, .txt, .text, .pdf) was found", err=True)
    if standing.dead:
        click.echo(f"`spinestream deadletters list --workdir {workdir}` names what is dead, and why", err=True)
    if standing.open:
        click.echo(f"{standing.open} open: the same command again goes on from here", err=True)
    if standing.dead or standing.open:
        click.echo(_where(workdir), err=True)


@contextmanager
def logs_told(workdir: Path) -> Iterator[None]:
    """Add to an error where the logs are, unless the call itself was wrong."""
    try:
        yield
    except (UsageError, FileNotFoundError):
        raise
    except Exception as error:
        error.add_note(_where(workdir))
        raise


def _where(workdir: Path) -> str:
    return f"logs: {workdir / 'logs'} (roles), {workdir / 'servers'} (a folder a server)"
