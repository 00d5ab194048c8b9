"""The summary of a run, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from actors.budget import BUDGET, BudgetStanding
from spinestream.cli.studies import studies_told
from spinestream.errors import UsageError
from spinestream.running import RunReport
from spinestream.running.kinds import KindStanding


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
    if report.budget is not None:
        table.add_row("budget", spending(report.budget))
    table.add_row("seconds", f"{told['seconds']:.1f}")
    console.print(table)
    if report.kinds:
        console.print(kinds_table(report.kinds))
    for one in report.refused:
        console.print(f"refused {one.path}: {one.why}", markup=False, soft_wrap=True)
    if report.studies.any:
        console.print(studies_told(report.studies), markup=False, soft_wrap=True)
    for reason, number in told["dead"].items():
        console.print(f"dead: {number} for {reason}", markup=False, soft_wrap=True)


def kinds_table(kinds: Sequence[KindStanding]) -> Table:
    """Return the table of kind by language."""
    table = Table(title="by kind and language", show_header=True)
    for name in ("kind", "language", "planned", "queued", "held", "dead", "queued share"):
        table.add_column(name, justify="left" if name in ("kind", "language") else "right")
    for one in kinds:
        share = "–" if one.queued_share is None else f"{one.queued_share:.0%}"
        table.add_row(one.kind, one.language, str(one.planned), str(one.queued), str(one.held), str(one.dead), share)
    return table


def spending(budget: BudgetStanding) -> str:
    """Return what of a budget is used, in a few words."""
    most, settings = [], budget.settings
    if settings.max_tokens:
        most.append(f"{budget.tokens:,} of {settings.max_tokens:,} tokens")
    if settings.max_cost:
        most.append(f"{budget.cost:.2f} of {settings.max_cost:.2f} {settings.currency}")
    return ", ".join(most)


def print_advice(report: RunReport, workdir: Path) -> None:
    """Say on stderr what to do about what is not as it should be."""
    standing = report.standing
    if not (standing.sources or standing.untaken or report.refused or report.studies.any):
        click.echo("no document (.md, .markdown, .txt, .text, .pdf) and no study (DICOM) was found", err=True)
    if report.studies.quarantined:
        click.echo(f"`spinestream quarantine list --workdir {workdir}` tells what was refused, and why", err=True)
    if standing.dead:
        click.echo(f"`spinestream deadletters list --workdir {workdir}` names what is dead, and why", err=True)
    if standing.open:
        click.echo(_goes_on(report, workdir), err=True)
    if standing.dead or standing.open:
        click.echo(_where(workdir), err=True)


def _goes_on(report: RunReport, workdir: Path) -> str:
    """Say what has to be done first, if anything, before the same command goes on."""
    first = [
        f"{stage} is paused by {one.who}{f' ({one.why})' if one.why else ''}: "
        f"`spinestream resume {stage} --workdir {workdir}`"
        for stage, one in report.paused.items()
        if one.why != BUDGET
    ]
    if report.budget is not None and report.budget.spent:
        first.append(
            f"the budget is spent, {spending(report.budget)}: give a higher one (--budget-tokens, --budget-cost)"
        )
    then = "then the same command" if first else "the same command again"
    return "\n".join([*first, f"{report.standing.open} open: {then} goes on from here, and does nothing twice"])


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
