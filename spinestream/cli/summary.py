"""The summary of a run, for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

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
        console.print(f"dead: {number} for {reason}; `spinestream deadletters list` names them", markup=False)
