"""`spinestream quarantine`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, listing, with_parts, workdir_option


@click.group("quarantine")
def command() -> None:
    """List, show and release what was refused on its way in from the hospital."""


@command.command("list")
@workdir_option
@click.option("--all", "everything", is_flag=True, help="Also what was released.")
@json_option
def list_command(workdir: Path, everything: bool, as_json: bool) -> None:
    """List quarantined objects by spool id, each with the reason. Nothing that identifies anybody is told."""
    from spinestream.cli.main import emit

    async def go(parts: Any) -> list[dict[str, Any]]:
        return [one.model_dump(mode="json") for one in await parts.quarantine.listed(everything)]

    found = with_parts(workdir, go)
    if as_json:
        emit(found)
        return
    columns = ("id", "reason", "sop_class", "detail", "state", "at")
    table, console = listing(*columns)
    for one in found:
        table.add_row(*(str(one[name]) for name in columns))
    console.print(table)


@command.command("show")
@click.argument("spool_id", metavar="ID")
@workdir_option
@json_option
def show(spool_id: str, workdir: Path, as_json: bool) -> None:
    """Show one, and where its original lies (which only its owner may read)."""
    from spinestream.cli.main import emit
    from spinestream.workdir import Workdir

    async def go(parts: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await parts.quarantine.get(spool_id)).model_dump(mode="json")
        return found

    one = with_parts(workdir, go)
    places = sorted((Workdir(workdir.resolve()).spool / "quarantine").glob(f"{one['id']}.*"))
    one["original"] = str(places[0]) if places else None
    if as_json:
        emit(one)
        return
    for name, value in one.items():
        click.echo(f"{name}: {value}")


@command.command("release")
@click.argument("spool_ids", metavar="ID…", nargs=-1, required=True)
@workdir_option
@json_option
def release(spool_ids: tuple[str, ...], workdir: Path, as_json: bool) -> int:
    """Try quarantined objects again, as after an update of the rules; what is refused again goes back."""
    from spinestream.cli.main import emit
    from spinestream.cli.studies import studies_told
    from spinestream.errors import DONE, UNFINISHED
    from spinestream.running.studies import release as try_again

    done = with_parts(workdir, lambda parts: try_again(parts, spool_ids))
    if as_json:
        emit({"studies": done.studies, "instances": done.instances, "quarantined": done.quarantined})
    else:
        click.echo(studies_told(done))
    return UNFINISHED if done.quarantined else DONE
