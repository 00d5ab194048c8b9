"""`spinestream sources`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, login_name, with_parts, workdir_option


@click.group("sources")
def command() -> None:
    """List and withdraw sources."""


@command.command("list")
@workdir_option
@json_option
def list_command(workdir: Path, as_json: bool) -> None:
    """List every source version: whether it is withdrawn or superseded, what it is about, how many items it gave."""
    from spinestream.cli.main import emit

    found = with_parts(workdir, _listed)
    if as_json:
        emit(found)
        return
    for one in found:
        version = "" if one["version"] == one["id"] else f"  version {one['version']}"
        click.echo(f"{one['id']}{version}")
        read = " · ".join(name for name in (one["specialty"], one["condition"]) if name) or "not read"
        items = f"{one['items']} items, {one['queued']} queued"
        click.echo(f"  {one['state']} · {read} · {items} · split {one['split']} · {one['name']}")


async def _listed(parts: Any) -> list[dict[str, Any]]:
    documents = await parts.sources.known()
    gone = await parts.sources.withdrawn([one["id"] for one in documents])
    dead = await parts.dead_letters.subjects(None, [one["_id"] for one in documents])
    found = []
    for one in documents:
        counts = await parts.store.counts([one["_id"]])
        reading = one.get("reading") or {}
        if one["id"] in gone:
            state = "withdrawn"
        elif one["_id"] in dead:
            state = f"dead: {dead[one['_id']]}"
        else:
            state = "superseded" if one.get("superseded_by") else "live"
        found.append(
            {
                "id": one["id"], "version": one["_id"], "title": one["title"], "name": one["name"],
                "licence": one.get("licence"), "split": one["split"], "state": state,
                "specialty": reading.get("specialty"), "condition": reading.get("condition"),
                "items": counts.total, "queued": counts.queued, "retracted": counts.retracted,
            }
        )  # fmt: skip
    return found


@command.command("withdraw")
@click.argument("source_id", metavar="ID")
@workdir_option
@click.option("--who", default=login_name, help="Who withdraws it (default: the login name).")
@click.option("--why", required=True, help="Why it is withdrawn.")
@json_option
def withdraw(source_id: str, workdir: Path, who: str, why: str, as_json: bool) -> None:
    """Withdraw source ID: a tombstone, then everything that came of it is retracted and taken off the queue."""
    from spinestream.cli.main import emit
    from spinestream.withdrawal import withdraw_source

    found = with_parts(workdir, lambda parts: withdraw_source(parts, source_id, who, why), redis=True)
    if as_json:
        emit(found)
    else:
        click.echo(f"source {source_id} is withdrawn: {found['retracted']} samples retracted")
