"""`spinestream run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.asked import deployment_options, document_options, request_of, settings_of
from spinestream.cli.options import json_option, warn_of_variables, workdir_option


@click.command("run")
@document_options
@workdir_option
@deployment_options
@click.option("--deadline", type=click.FloatRange(min=1), metavar="SECONDS", help="Stop after this, whatever is open.")
@json_option
def command(paths: tuple[Path, ...], workdir: Path, as_json: bool, deadline: float | None, **flags: Any) -> int:
    """Take documents (files or folders) in and do everything until each item is settled.

    Where `up` serves the work folder, its roles do the work. Where all that is open waits for a paused stage or a spent
    budget, the run says so and ends with exit code 3.
    """
    from spinestream.cli.main import emit
    from spinestream.cli.summary import logs_told, print_advice, print_summary
    from spinestream.running import Runner
    from spinestream.running.progress import Progress
    from spinestream.seat import check_settings, holder
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    request = request_of(paths, flags, deadline)
    warn_of_variables()
    place = Workdir(workdir.resolve())
    served = holder(place)
    settings = load(place, settings_of(flags), new_run=served is None)
    if served is not None:
        check_settings(place, settings, served)
    with logs_told(workdir), Progress() as progress:
        report = Runner(place, settings, progress.show).run(request)
    if as_json:
        emit(report.as_json())
    else:
        print_summary(report)
    print_advice(report, workdir)
    return report.exit_code
