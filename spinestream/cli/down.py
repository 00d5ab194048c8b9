"""`spinestream down`."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import json_option, workdir_option


@click.command("down")
@workdir_option
@json_option
def command(workdir: Path, as_json: bool) -> int:
    """Stop what `up` started in a work folder; everything is kept. Where nothing runs, it says so."""
    from spinestream.cli.main import emit
    from spinestream.deployment import stop
    from spinestream.workdir import Workdir

    place = Workdir.existing(workdir)
    stopped = stop(place, lambda step: click.echo(step, err=True))
    if as_json:
        emit({"stopped": stopped})
    else:
        click.echo(f"{place.root} is stopped" if stopped else f"nothing runs in {place.root}")
    return 0
