"""`spinestream servers`."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import json_option, workdir_option


@click.group("servers")
def command() -> None:
    """Look at, prepare or reap the embedded servers."""


@command.command("prepare")
def prepare_command() -> None:
    """Fetch Kafka's jars once, so that later starts need no network."""
    from spinestream.embedded import prepare

    click.echo("resolving Apache Kafka (once; later starts use the cache) …", err=True)
    prepare()
    click.echo("Apache Kafka is ready", err=True)


@command.command("status")
@workdir_option
@json_option
def status_command(workdir: Path, as_json: bool) -> None:
    """Say which servers of a work folder run."""
    from spinestream.cli.main import emit
    from spinestream.embedded import status
    from spinestream.workdir import Workdir

    found = status(Workdir.existing(workdir).root)
    if as_json:
        emit([one._asdict() for one in found])
        return
    for one in found:
        click.echo(f"{one.name:<8} port {one.port:<6} " + (f"runs, pid {one.pid}" if one.pid else "does not run"))


@command.command("reap")
@workdir_option
@json_option
def reap_command(workdir: Path, as_json: bool) -> None:
    """End servers of this work folder that a crash left behind; never those of another."""
    from spinestream.cli.main import emit
    from spinestream.embedded import reap
    from spinestream.workdir import Workdir

    ended = reap(Workdir.existing(workdir).root)
    if as_json:
        emit({"ended": ended})
    else:
        click.echo(f"ended: {', '.join(ended) or 'none was left'}")
