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


def with_parts(root: Path, work: Callable[[Any], Awaitable[T]], *, redis: bool = False, kafka: bool = False) -> T:
    """Run `work` on the open store of a work folder, starting only the servers it needs and leaving running ones alone.

    A broker that runs already is used, so that events of commands go out at once; else they wait, marked unsent.
    """
    from spinestream.embedded import Servers, status
    from spinestream.errors import UsageError
    from spinestream.settings import load
    from spinestream.wiring import connected
    from spinestream.workdir import Workdir

    if not root.is_dir():
        raise UsageError(f"there is no work folder {root}; `spinestream run PATH… --workdir {root}` makes one")
    workdir = Workdir.open(root)
    running = {one.name for one in status(workdir.root) if one.ready}
    needed = {"mongodb"} | ({"redis"} if redis else set()) | ({"kafka"} if kafka else set()) | running

    async def go() -> T:
        async with connected(workdir, load(workdir), servers.addresses) as parts:
            await parts.prepare()
            return await work(parts)

    with Servers(workdir.root, only=sorted(needed)) as servers:
        return asyncio.run(go())
