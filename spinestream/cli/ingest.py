"""`spinestream ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.asked import document_options, request_of
from spinestream.cli.options import json_option, with_parts, workdir_option


@click.command("ingest")
@document_options
@workdir_option
@json_option
def command(paths: tuple[Path, ...], workdir: Path, as_json: bool, **flags: Any) -> int:
    """Take documents (files or folders) in and return; an `up` that runs works on them at once.

    Where no broker runs, they are recorded, and the next `up` or `run` sends them.
    """
    from spinestream.cli.main import emit
    from spinestream.errors import DONE, UNFINISHED
    from spinestream.running.register import ingest
    from spinestream.workdir import Workdir

    request = request_of(paths, flags)
    place = Workdir.open(workdir)
    found = with_parts(
        workdir, lambda parts: ingest(parts, place, request, lambda name: click.echo(f"taking in {name}", err=True))
    )
    if as_json:
        emit(found.as_json())
    else:
        for one in found.refused:
            click.echo(f"refused {one.path}: {one.why}")
        click.echo(
            f"{len(found.versions)} documents, {found.new} of them new, {found.more} asked for more; "
            f"{len(found.refused)} refused"
        )
    if not found.sent:
        click.echo(f"no broker runs: `spinestream up --workdir {workdir}` works on them", err=True)
    return UNFINISHED if found.refused else DONE
