"""`spinestream capacity`: what a number of released samples takes."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from spinestream.capacity import Figures, capacity
from spinestream.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from spinestream.capacity import Capacity

HELP = {
    "queued_share": "Items that reach the queue, of those planned.",
    "accepted_share": "Samples accepted or edited, of those decided on.",
    "output_tokens": "Output tokens for one item, drafted and revised.",
    "tokens_per_s": "Output tokens a second of one engine.",
    "busy": "Share of the time that an engine computes.",
    "seconds_a_decision": "What a clinician takes for a decision.",
    "cpu_ms": "CPU time of roles and servers for one item, in ms.",
    "store_kib": "KiB in MongoDB for one item, one replica.",
    "log_kib": "KiB in Kafka for one item, one replica.",
    "log_days": "Days that Kafka keeps records.",
    "replicas": "Replicas of Kafka and of MongoDB.",
}


def _figures(command: Callable[..., Any]) -> Callable[..., Any]:
    for one in reversed(fields(Figures)):
        name = "--" + one.name.replace("_", "-")
        kind = int if isinstance(one.default, int) else float
        command = click.option(name, type=kind, default=one.default, show_default=True, help=HELP[one.name])(command)
    return command


@click.command("capacity")
@click.option("--samples", type=int, default=450_000, show_default=True, help="Samples to release.")
@click.option("--days", type=float, default=90.0, show_default=True, help="Days they may take.")
@_figures
@json_option
def command(samples: int, days: float, as_json: bool, **figures: float) -> None:
    """Say how many engines, clinicians and bytes a number of released samples takes (docs/capacity.md has the model).

    The figures are yours to give: measure the engine and the shares on a part of your own documents first.
    """
    from spinestream.cli.main import emit

    try:
        found = capacity(samples, days, Figures(**figures))  # type: ignore[arg-type]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        emit(found.as_json())
    else:
        _print(found)


def _print(found: Capacity) -> None:
    from rich.table import Table

    from spinestream.cli.options import wide_console

    table = Table(title=f"{found.samples:,} released samples in {found.days:g} days", show_header=False)
    for name, text in (
        ("items to plan and draft", f"{found.planned:,}, {found.items_per_s} a second"),
        ("decisions", f"{found.decided:,}, {found.review_hours:,} hours"),
        ("clinicians, six hours a day", f"{found.clinicians:,}"),
        ("output tokens", f"{found.tokens:,}"),
        ("engines", f"{found.engines:,}, {found.engine_hours:,} hours of one"),
        ("cores for roles and servers", f"{found.cores:,}"),
        ("MongoDB, all replicas", f"{found.store_gib:,} GiB"),
        ("Kafka, all replicas", f"{found.log_gib:,} GiB at most"),
    ):
        table.add_row(name, text)
    wide_console().print(table)
