"""Options that many commands share, and how a command gets at the store of a work folder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

workdir_option = click.option(
    "--workdir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("work"),
    show_default=True,
    help="Folder that keeps everything of this deployment.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value on stdout.")


def with_parts(root: Path, work: Callable[[Any], Awaitable[T]], *, redis: bool = False) -> T:
    """Run `work` on the open store of a work folder, starting only the servers it needs and leaving running ones alone.

    A broker that runs already is used, so that events of commands go out at once; else they wait, marked unsent.
    """
    from spinestream.embedded import status
    from spinestream.settings import load
    from spinestream.turns import serving
    from spinestream.wiring import connected
    from spinestream.workdir import Workdir

    workdir = Workdir.existing(root)
    settings = load(workdir)
    running = {one.name for one in status(workdir.root) if one.ready}
    needed = {"mongodb"} | ({"redis"} if redis else set()) | running

    async def go() -> T:
        async with connected(workdir, settings, servers.addresses) as parts:
            await parts.prepare()
            return await work(parts)

    with serving(workdir, sorted(needed)) as servers:
        return asyncio.run(go())


def servers_named() -> Any:
    """Return the addresses that the environment names; raises UsageError unless it names broker, store and queue."""
    from spinestream.embedded import addresses_from_environment

    addresses = addresses_from_environment()
    missing = [name for name in ("kafka", "mongodb", "redis") if not getattr(addresses, name)]
    if missing:
        wanted = ", ".join(f"SPINESTREAM_{name.upper()}" for name in missing)
        raise click.UsageError(f"its servers are named by the environment; not set: {wanted}")
    return addresses


def warn_of_variables() -> None:
    """Name on stderr what in the environment looks like a setting and is none."""
    from spinestream.variables import strangers

    for name, near in strangers().items():
        meant = f"; is {near} meant?" if near else ""
        click.echo(f"warning: {name} is no setting, and is not looked at{meant}", err=True)


def login_name() -> str:
    """Return the login name; empty where the system knows none, and a decision without a name is refused."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


def listing(*columns: str) -> tuple[Any, Any]:
    """Return a table whose first column is never cut, and a console for it."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, overflow="fold", no_wrap=number == 0)
    return table, wide_console()


def wide_console() -> Any:
    """Return a console for plain text (no markup): off a terminal, lines are as long as need be."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=400)
