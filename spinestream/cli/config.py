"""`spinestream config`. What it shows is JSON with and without `--json`."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import json_option, servers_named, warn_of_variables, workdir_option


@click.group("config")
def command() -> None:
    """Print settings, or put them in place on the servers of a cluster."""


@command.command("schema")
@json_option
def schema_command(as_json: bool) -> None:
    """Print the JSON Schema of all settings: type, bounds, default and effect of each."""
    from spinestream.cli.main import emit
    from spinestream.settings_schema import schema

    emit(schema())


@command.command("show")
@workdir_option
@json_option
def show(workdir: Path, as_json: bool) -> None:
    """Print the settings that the next run in a work folder has: its file's, and over them the environment's."""
    from spinestream.cli.main import emit
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    emit(load(Workdir(workdir.resolve()), new_run=True).model_dump(mode="json"))


@command.command("apply")
@workdir_option
@json_option
def apply(workdir: Path, as_json: bool) -> None:
    """Make topics, collections and indexes that are missing, and set the budget, on the servers the environment names.

    What `up` does before its roles, for roles that a cluster starts: safe to repeat at every start.
    """
    import asyncio

    from spinestream.cli.main import emit
    from spinestream.preparing import prepare_deployment
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    warn_of_variables()
    addresses = servers_named()
    place = Workdir.open(workdir)
    created = asyncio.run(prepare_deployment(place, load(place), addresses))
    if as_json:
        emit({"topics_created": created})
    else:
        click.echo(f"topics created: {', '.join(created) or 'none was missing'}")
