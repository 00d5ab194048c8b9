"""`spinestream models`."""

from __future__ import annotations

import click


@click.group("models")
def command() -> None:
    """Prepare models."""


@command.command("prepare")
def prepare_command() -> None:
    """Convert the bundled small model once and keep it in the user's cache."""
    from actors.engines.small_model import prepare

    click.echo("preparing the bundled small model (about 20 s the first time) …", err=True)
    click.echo(str(prepare()))
