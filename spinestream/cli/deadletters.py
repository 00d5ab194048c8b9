"""`spinestream deadletters`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, with_parts, workdir_option


@click.group("deadletters")
def command() -> None:
    """List, show and replay what could not be handled."""


@command.command("list")
@workdir_option
@click.option("--all", "everything", is_flag=True, help="Also those that were replayed.")
@json_option
def list_command(workdir: Path, everything: bool, as_json: bool) -> None:
    """List dead letters, each with the document it is about and why."""
    from rich.console import Console
    from rich.table import Table

    from spinestream.cli.main import emit

    found = with_parts(workdir, lambda parts: _listed(parts, None if everything else "dead"))
    if as_json:
        emit(found)
        return
    table = Table()
    for name in ("id", "group", "why", "document", "subject", "status", "message"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(*(str(one[k] or "") for k in ("id", "group", "why", "document", "subject", "status", "message")))
    Console(highlight=False).print(table)


async def _listed(parts: Any, status: str | None) -> list[dict[str, Any]]:
    found = []
    for letter in await parts.dead_letters.listed(status):
        found.append(
            {
                "id": letter["_id"],
                "group": letter["group"],
                "topic": letter["topic"],
                "why": letter["why"],
                "message": letter["message"],
                "subject": letter["subject"],
                "document": await _document(parts, letter["subject"]),
                "status": letter["status"],
                "at": letter["at"],
            }
        )
    return found


async def _document(parts: Any, subject: str | None) -> str | None:
    """Return how the front door named the document that a subject (a source version or an item) is of."""
    if subject is None:
        return None
    source = await parts.sources.get(subject)
    if source is None:
        sample = await parts.store.get(subject)
        source = await parts.sources.get(sample.source.version) if sample and sample.source else None
    return source["name"] if source else None


@command.command("show")
@click.argument("letter_id", metavar="ID")
@workdir_option
@json_option
def show(letter_id: str, workdir: Path, as_json: bool) -> None:
    """Show one dead letter: headers, reason and place in the log, not the content."""
    from spinestream.cli.main import emit

    letter = with_parts(workdir, lambda parts: parts.dead_letters.get(letter_id))
    told = {k: v for k, v in letter.items() if k not in ("value", "key", "headers")}
    told["bytes"] = len(letter["value"] or b"")
    told["headers"] = {name: bytes(text).decode(errors="replace") for name, text in letter["headers"]}
    if as_json:
        emit(told)
        return
    for name, value in told.items():
        click.echo(f"{name}: {value}")


@command.command("replay")
@click.argument("letter_ids", metavar="ID…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every dead letter there is.")
@workdir_option
@json_option
def replay(letter_ids: tuple[str, ...], everything: bool, workdir: Path, as_json: bool) -> None:
    """Send dead letters again, bytes unchanged; a later `run` (or the running roles) handles them."""
    from spinestream.cli.main import emit

    if bool(letter_ids) == everything:
        raise click.UsageError("give the ids of dead letters, or --all")

    async def go(parts: Any) -> list[str]:
        ids = list(letter_ids) or [one["_id"] for one in await parts.dead_letters.listed("dead")]
        for one in ids:
            await parts.dead_letters.replay(one)
        if parts.publisher is not None:
            await parts.dead_letters.finish_replays(parts.publisher)
        return ids

    done = with_parts(workdir, go)
    if as_json:
        emit({"replayed": done})
    else:
        click.echo(f"{len(done)} dead letters are sent again")
