"""`spinestream servers`."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import json_option, servers_named, workdir_option


@click.group("servers")
def command() -> None:
    """Look at, prepare or reap the embedded servers; check servers of your own."""


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


@command.command("check")
@workdir_option
@json_option
def check_command(workdir: Path, as_json: bool) -> int:
    """Look at the servers that the environment names, and at the blob store: connection, TLS, login, rights.

    Makes and changes nothing; ends with 3 where one cannot be used.
    """
    from spinestream.cli.main import emit
    from spinestream.errors import DONE, UNFINISHED
    from spinestream.reach import look
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    addresses = servers_named()
    place = Workdir(workdir.resolve())
    found = look(place, load(place), addresses)
    if as_json:
        emit([one._asdict() for one in found])
    else:
        for one in found:
            click.echo(f"{one.server:<8} {'ok' if one.ok else 'FAILS':<6} {one.place}  {one.told}")
    return DONE if all(one.ok for one in found) else UNFINISHED


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
