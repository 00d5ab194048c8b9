"""`spinestream run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, workdir_option


@click.command("run")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@workdir_option
@click.option("--engine", help="Engine of the pools: vllm (default), or scripted, which is for tests only.")
@click.option("--engine-setting", multiple=True, metavar="NAME=VALUE", help="A setting of the engine, as JSON or text.")
@click.option("--id", "source_id", help="Id of the one document given.")
@click.option("--title", help="Title of the one document given.")
@click.option("--licence", help="Licence of the documents that name none.")
@click.option("--citation", help="Citation of the one document given.")
@click.option("--variants", type=click.IntRange(1, 100), help="Items planned per stated fact, at most.")
@click.option("--actors", type=click.IntRange(1, 256), help="Engine actors.")
@click.option("--in-flight", type=click.IntRange(1, 4096), help="Records a stage of an actor holds at most.")
@click.option("--separate", is_flag=True, default=None, help="A process for every role.")
@click.option("--deadline", type=click.FloatRange(min=1), metavar="SECONDS", help="Stop after this, whatever is open.")
@json_option
def command(paths: tuple[Path, ...], workdir: Path, as_json: bool, deadline: float | None, **flags: Any) -> int:
    """Take documents (files or folders) in and do everything until each item is settled."""
    from spinestream.cli.main import emit
    from spinestream.cli.summary import print_summary
    from spinestream.running import Runner, RunRequest
    from spinestream.running.progress import Progress
    from spinestream.workdir import Workdir
    from streams.intake.documents import Metadata

    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"no such file or folder: {path}")
    if (flags["source_id"] or flags["title"] or flags["citation"]) and (len(paths) != 1 or paths[0].is_dir()):
        raise click.UsageError("--id, --title and --citation name one document: give exactly one file")
    metadata = Metadata(
        id=flags["source_id"], title=flags["title"], licence=flags["licence"], citation=flags["citation"]
    )
    place = Workdir.open(workdir)
    with Progress() as progress:
        runner = Runner(place, settings_of(place, flags), progress.show)
        report = runner.run(RunRequest(paths=paths, metadata=metadata, deadline_seconds=deadline))
    if as_json:
        emit(report.as_json())
    else:
        print_summary(report)
    return report.exit_code


def settings_of(place: Any, flags: dict[str, Any]) -> Any:
    """Return the settings that the flags of the command line ask for."""
    import json

    from spinestream.settings import load

    settings = load(place)
    update: dict[str, Any] = {}
    if flags["engine"]:
        update |= {"engine": flags["engine"], "engine_settings": {}}
    given = {}
    for pair in flags["engine_setting"]:
        name, sign, text = pair.partition("=")
        if not sign:
            raise click.UsageError(f"--engine-setting {pair}: write NAME=VALUE")
        try:
            given[name] = json.loads(text)
        except json.JSONDecodeError:
            given[name] = text
    if given:
        update["engine_settings"] = {**update.get("engine_settings", settings.engine_settings), **given}
    pool = {k: v for k, v in (("actors", flags["actors"]), ("in_flight", flags["in_flight"])) if v is not None}
    if pool:
        update["pool"] = settings.pool.model_copy(update=pool)
    if flags["variants"]:
        update["plan"] = settings.plan.model_copy(update={"variants": flags["variants"]})
    if flags["separate"] is not None:
        update["separate"] = flags["separate"]
    return settings.model_copy(update=update)
