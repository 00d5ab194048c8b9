"""`spinestream levels TEXT`."""

from __future__ import annotations

import sys

import click

from spinestream.cli.options import json_option


@click.command("levels")
@click.argument("text")
@json_option
def command(text: str, as_json: bool) -> None:
    """Find the vertebral levels that TEXT names (`-` reads standard input)."""
    from generation.levels import find_levels
    from spinestream.cli.main import emit

    content = sys.stdin.read() if text == "-" else text
    found = find_levels(content)
    if as_json:
        emit(
            [
                {"text": m.text, "start": m.start, "end": m.end, "kind": m.kind.value, "levels": list(m.levels)}
                for m in found
            ]
        )
        return
    for m in found:
        click.echo(f"{m.start:>5}-{m.end:<5} {m.kind.value:<11} {m.text}  ->  {', '.join(m.levels)}")
    if not found:
        click.echo("no level is named", err=True)
