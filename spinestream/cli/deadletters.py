"""`spinestream deadletters`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, listing, with_parts, workdir_option


@click.group("deadletters")
def command() -> None:
    """List, show and replay what could not be handled."""


@command.command("list")
@workdir_option
@click.option("--all", "everything", is_flag=True, help="Also those that were replayed.")
@json_option
def list_command(workdir: Path, everything: bool, as_json: bool) -> None:
    """List dead letters, each with the document it is about and why."""
    from spinestream.cli.main import emit

    found = with_parts(workdir, lambda parts: _listed(parts, None if everything else "dead"))
    if as_json:
        emit(found)
        return
    columns = ("id", "group", "why", "document", "status", "message")
    table, console = listing(*columns)
    for one in found:
        table.add_row(*(str(one[name] or "") for name in columns))
    console.print(table)


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

    async def go(parts: Any) -> dict[str, Any]:
        found: dict[str, Any] = await parts.dead_letters.get(letter_id)
        return {"id": found.pop("_id"), "document": await _document(parts, found["subject"]), **found}

    letter = with_parts(workdir, go)
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
    """Send dead letters again, bytes unchanged; the running roles, or a later `run`, handle them."""
    from spinestream.cli.main import emit
    from spinestream.replay import replay_letters

    if bool(letter_ids) == everything:
        raise click.UsageError("give the ids of dead letters, or --all")

    done = with_parts(workdir, lambda parts: replay_letters(parts, letter_ids or None))
    if as_json:
        emit({"replayed": done.letters, "sent": done.sent})
        return
    letters = f"{len(done.letters)} dead letter{'' if len(done.letters) == 1 else 's'}"
    click.echo(f"{letters} sent again" if done.sent else f"the next `spinestream run` sends {letters} again")
