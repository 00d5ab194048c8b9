"""`spinestream trends`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinestream.cli.options import json_option, with_parts, workdir_option

if TYPE_CHECKING:
    from review_bridge.desk.trends import TrendsShown


@click.command("trends")
@workdir_option
@click.option(
    "--bucket",
    type=click.Choice(["minute", "quarter", "day"]),
    default="minute",
    show_default=True,
    help="Size of the series: a minute over an hour, a quarter of an hour over a day, a day over a month.",
)
@json_option
def command(workdir: Path, bucket: str, as_json: bool) -> None:
    """Show rates, review, held and dead, champion and challengers, as the trends page does.

    What is counted are facts that the trends role writes (`spinestream up`); without it, nothing new is counted.
    """
    from spinestream.cli.main import emit
    from spinestream.cli.options import wide_console
    from spinestream.cli.trends_view import trends_view
    from spinestream.desk_trends import TrendsLook
    from spinestream.settings import load
    from spinestream.workdir import Workdir
    from streams.trends.windows import Bucket

    settings = load(Workdir.existing(workdir))

    async def go(parts: Any) -> TrendsShown:
        return await TrendsLook(settings, parts).look(Bucket(bucket))

    found = with_parts(workdir, go)
    if as_json:
        emit(found.model_dump(mode="json"))
    else:
        wide_console().print(trends_view(found))
