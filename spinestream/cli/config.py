"""`spinestream config`. It prints JSON with and without `--json`."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import json_option, workdir_option


@click.group("config")
def command() -> None:
    """Print settings."""


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

    emit(load(Workdir(workdir.resolve())).model_dump(mode="json"))
