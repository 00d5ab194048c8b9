"""`spinestream pause`."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import json_option, login_name, with_parts, workdir_option


@click.command("pause")
@click.argument("stage")
@workdir_option
@click.option("--why", default="", help="Why, for whoever looks at the status.")
@click.option("--who", default=login_name, help="Who asks for it (default: the login name).")
@json_option
def command(stage: str, workdir: Path, why: str, who: str, as_json: bool) -> None:
    """Let STAGE (intake, read, plan, draft, revise) take no more work; what runs finishes, nothing is lost.

    It stays paused, over restarts, until `spinestream resume`.
    """
    from dataclasses import asdict

    from spinestream.cli.main import emit
    from streams.controls import check_pausable

    check_pausable(stage)
    paused = with_parts(workdir, lambda parts: parts.controls.pause(stage, who, why))
    if as_json:
        emit({"stage": stage, "paused": True, **asdict(paused)})
    else:
        click.echo(f"{stage} is paused; `spinestream resume {stage} --workdir {workdir}` lets it go on")
