"""`spinestream up` and `down`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spinestream.cli.asked import deployment_options, gateway_options, settings_of
from spinestream.cli.options import json_option, warn_of_variables, workdir_option


@click.command("up")
@click.argument("roles", nargs=-1, metavar="[ROLE]...")
@workdir_option
@deployment_options
@gateway_options
@click.option("--detach", is_flag=True, help="Return once everything works; it runs on until `spinestream down`.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, /, roles: tuple[str, ...], workdir: Path, detach: bool, as_json: bool, **flags: Any
) -> int:
    """Start the servers and the roles named (default: all) and keep them up until Ctrl-C or `down`.

    Roles are intake, store, web, gateway (where it has a way in), trends, scorer, trainer and pools.
    Prints the addresses it listens on once everything works. Documents come in with `spinestream ingest` or `run`.
    """
    from spinestream.cli.detached import start_detached
    from spinestream.cli.main import emit
    from spinestream.cli.summary import logs_told
    from spinestream.deployment import Deployment
    from spinestream.endpoints import addresses_now, endpoints
    from spinestream.roles import ROLES, default_roles
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    unknown = [name for name in roles if name not in ROLES]
    if unknown:
        raise click.UsageError(f"no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
    warn_of_variables()
    place = Workdir(workdir.resolve())
    settings = load(place, settings_of(flags), new_run=True)
    served = tuple(name for name in ROLES if name in roles) if roles else default_roles(settings)

    def tell(found: dict[str, Any]) -> None:
        if as_json:
            emit({**found, "workdir": str(place.root), "roles": list(served)})
        else:
            _print(found, served)

    with logs_told(workdir):
        if detach:
            start_detached(ctx, place, _say)
            tell(endpoints(place, addresses_now(place)))
        else:
            Deployment(place, settings, served, _say).serve(lambda addresses: tell(endpoints(place, addresses)))
    return 0


def _print(found: dict[str, Any], roles: Sequence[str]) -> None:
    click.echo(f"serving {', '.join(roles)}")
    for name in ("kafka", "mongodb", "redis", "web", "metrics", "dicom"):
        click.echo(f"  {name:<8} {found[name] or 'none'}")
    click.echo(f"  logins in {found['credentials']}")


def _say(step: str) -> None:
    click.echo(step, err=True)
