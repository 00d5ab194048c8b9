"""`spinestream trace ID`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, wide_console, with_parts, workdir_option


@click.command("trace")
@click.argument("name", metavar="ID")
@workdir_option
@json_option
def command(name: str, workdir: Path, as_json: bool) -> None:
    """Draw the journey of ID (an item, a sample, a source or a case) as a tree with times.

    The times are those that the store keeps; no trace has to be followed for it.
    """
    from rich.tree import Tree

    from spinestream.cli.main import emit
    from spinestream.trace import journey

    found = with_parts(workdir, lambda parts: journey(parts, name))
    if as_json:
        emit(found.as_json())
        return
    tree = Tree(f"{found.kind} {found.id}" + (f", trace {found.trace}" if found.trace else ""))
    starts = [at for step in found.steps if (at := step.began()) is not None]
    for step in found.steps:
        _grow(tree, step, min(starts, default=None))
    wide_console().print(tree)


def _grow(tree: Any, step: Any, start: datetime | None) -> None:
    told = [f"{name} {_said(value)}" for name, value in step.detail.items() if value not in (None, "", [], False)]
    took = f" in {step.seconds:.2f} s" if step.seconds is not None else ""
    branch = tree.add(f"{_time(step.at, start)}  {step.what}{took}" + (f"  ({', '.join(told)})" if told else ""))
    for one in step.steps:
        _grow(branch, one, start)


def _time(at: datetime | None, start: datetime | None) -> str:
    """Return a time of day in UTC and how long after the start that is; the first one with its date."""
    if at is None or start is None:
        return "time not kept"
    after = (at - start).total_seconds()
    if not after:
        return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC"
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {after:+.3f} s"


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
