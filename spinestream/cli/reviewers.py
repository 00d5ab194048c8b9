"""`spinestream reviewers`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, listing, with_parts, workdir_option


@click.group("reviewers")
def command() -> None:
    """Add, list and remove those who may sign in at the desk."""


@command.command("add")
@click.argument("name", metavar="NAME")
@workdir_option
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(["clinician", "lead"]),
    help="May be given twice; default: clinician. A lead may correct the decisions of others.",
)
@click.option("--generate", is_flag=True, help="Make a password and print it, once.")
@json_option
def add(name: str, workdir: Path, roles: tuple[str, ...], generate: bool, as_json: bool) -> None:
    """Add the reviewer NAME. The password is asked for, or read from stdin (its first line), or made."""
    from review_bridge.reviewers import Role, new_password
    from spinestream.cli.main import emit

    password = new_password() if generate else _password()
    wanted = [Role(one) for one in dict.fromkeys(roles)] or [Role.CLINICIAN]
    made = with_parts(workdir, lambda parts: parts.reviewers.add(name, password, wanted))
    if as_json:
        emit({"name": made.name, "roles": list(made.roles), **({"password": password} if generate else {})})
        return
    click.echo(f"{made.name} may sign in ({', '.join(made.roles)})")
    if generate:
        click.echo(f"password, shown this once: {password}")


def _password() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


@command.command("list")
@workdir_option
@json_option
def list_command(workdir: Path, as_json: bool) -> None:
    """List who may sign in."""
    from spinestream.cli.main import emit

    async def go(parts: Any) -> Any:
        return await parts.reviewers.all()

    found = with_parts(workdir, go)
    if as_json:
        emit([{"name": one.name, "roles": list(one.roles), "added_at": one.added_at} for one in found])
        return
    table, console = listing("name", "roles", "added")
    for one in found:
        table.add_row(one.name, ", ".join(one.roles), one.added_at[:10])
    console.print(table)


@command.command("remove")
@click.argument("name", metavar="NAME")
@workdir_option
@json_option
def remove(name: str, workdir: Path, as_json: bool) -> None:
    """Remove the reviewer NAME, whose sessions end at once; what they decided stays."""
    from spinestream.cli.main import emit

    with_parts(workdir, lambda parts: parts.reviewers.remove(name))
    if as_json:
        emit({"removed": name})
    else:
        click.echo(f"{name} may not sign in any more")
