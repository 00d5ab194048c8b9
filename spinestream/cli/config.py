"""`spinestream config`."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import workdir_option


@click.group("config")
def command() -> None:
    """Print settings."""


@command.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of all settings: type, bounds, default and effect of each."""
    from spinestream.cli.main import emit
    from spinestream.settings import schema

    emit(schema())


@command.command("show")
@workdir_option
def show(workdir: Path) -> None:
    """Print the settings in force for a work folder."""
    from spinestream.cli.main import emit
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    emit(load(Workdir(workdir.resolve())).model_dump(mode="json"))
