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
    """Take documents and studies (files or folders) in and return; an `up` that runs works on them at once.

    A folder that holds DICOM files is a study, with the `report.txt` in it: it is de-identified on the way in.

    Where no broker runs, they are recorded, and the next `up` or `run` sends them.
    """
    from spinestream.cli.main import emit
    from spinestream.cli.studies import studies_told
    from spinestream.errors import DONE, UNFINISHED
    from spinestream.running.register import ingest
    from spinestream.workdir import Workdir

    request = request_of(paths, flags)
    place = Workdir.open(workdir)
    found = with_parts(
        workdir, lambda parts: ingest(parts, place, request, lambda name: click.echo(f"taking in {name}", err=True))
    )
    cases = found.studies
    if as_json:
        emit(found.as_json())
    else:
        for one in found.refused:
            click.echo(f"refused {one.path}: {one.why}")
        click.echo(
            f"{found.documents} documents, {found.new - cases.new} of them new, "
            f"{found.more - cases.more} asked for more; {len(found.refused)} refused"
        )
        if cases.any:
            click.echo(studies_told(cases))
    if cases.quarantined:
        click.echo(f"`spinestream quarantine list --workdir {workdir}` tells what was refused, and why", err=True)
    if not found.sent:
        click.echo(f"no broker runs: `spinestream up --workdir {workdir}` works on them", err=True)
    return DONE if found.whole else UNFINISHED
