"""`spinestream role NAME…`: the entry point of every unit of deployment."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import servers_named, workdir_option


@click.command("role")
@click.argument("names", nargs=-1, required=True)
@workdir_option
def command(names: tuple[str, ...], workdir: Path) -> int:
    """Serve the roles NAMES until SIGTERM; addresses come from the environment.

    There are intake, store, web, gateway, trends, scorer, trainer and pools.
    """
    from spinestream.roles import ROLES, run_roles
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    unknown = [name for name in names if name not in ROLES]
    if unknown:
        raise click.UsageError(f"no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
    addresses = servers_named()
    place = Workdir.open(workdir)
    run_roles(names, place, load(place), addresses)
    return 0
