"""`spinestream resume`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, login_name, with_parts, workdir_option


@click.command("resume")
@click.argument("stage")
@workdir_option
@click.option("--who", default=login_name, help="Who asks for it (default: the login name).")
@json_option
def command(stage: str, workdir: Path, who: str, as_json: bool) -> None:
    """Let a paused STAGE go on."""
    from spinestream.cli.main import emit
    from streams.controls import check_pausable

    check_pausable(stage)

    async def go(parts: Any) -> tuple[bool, Any]:
        changed = await parts.controls.resume(stage, who)
        return changed, (await parts.budget.pauses() if parts.budget else {}).get(stage)

    changed, still = with_parts(workdir, go, redis=True)
    if as_json:
        emit({"stage": stage, "paused": still is not None, "changed": changed})
    else:
        click.echo(f"{stage} goes on" if changed else f"{stage} was not paused")
    if still is not None:
        click.echo(f"{stage} stands still all the same: the {still.why} is spent; start with a higher one", err=True)
