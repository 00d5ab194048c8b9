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
@click.option("--licence", help="Licence of the one document given, or of all that name none.")
@click.option("--citation", help="Citation of the one document given.")
@click.option("--variants", type=click.IntRange(1, 20), help="Items planned per stated fact, at most.")
@click.option("--actors", type=click.IntRange(1, 256), help="Engine actors.")
@click.option("--in-flight", type=click.IntRange(1, 4096), help="Records a stage of an actor holds at most.")
@click.option("--separate", is_flag=True, default=None, help="A process for every role.")
@click.option("--deadline", type=click.FloatRange(min=1), metavar="SECONDS", help="Stop after this, whatever is open.")
@json_option
def command(paths: tuple[Path, ...], workdir: Path, as_json: bool, deadline: float | None, **flags: Any) -> int:
    """Take documents (files or folders) in and do everything until each item is settled."""
    from spinestream.cli.main import emit
    from spinestream.cli.summary import logs_told, print_advice, print_summary
    from spinestream.running import Runner, RunRequest
    from spinestream.running.progress import Progress
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"no such file or folder: {path}")
    metadata, licence = _metadata(paths, flags)
    place = Workdir(workdir.resolve())
    runner_settings = load(place, _settings_of(flags), new_run=True)
    request = RunRequest(paths=paths, metadata=metadata, licence=licence, deadline_seconds=deadline)
    with logs_told(workdir), Progress() as progress:
        report = Runner(place, runner_settings, progress.show).run(request)
    if as_json:
        emit(report.as_json())
    else:
        print_summary(report)
    print_advice(report, workdir)
    return report.exit_code


def _metadata(paths: tuple[Path, ...], flags: dict[str, Any]) -> tuple[Any, str | None]:
    """Return what the flags say of the one document given, and the licence of those that name none."""
    from streams.intake.documents import Metadata

    alone = len(paths) == 1 and not paths[0].is_dir()
    if (flags["source_id"] or flags["title"] or flags["citation"]) and not alone:
        raise click.UsageError("--id, --title and --citation name one document: give exactly one file")
    licence = flags["licence"]
    told = Metadata(
        id=flags["source_id"], title=flags["title"], licence=licence if alone else None, citation=flags["citation"]
    )
    return told, licence


def _settings_of(flags: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that the flags of the command line ask for, and no other."""
    asked: dict[str, Any] = {name: flags[name] for name in ("engine", "separate") if flags[name] is not None}
    if flags["engine_setting"]:
        asked["engine_settings"] = dict(_pair(one) for one in flags["engine_setting"])
    pool = {name: flags[name] for name in ("actors", "in_flight") if flags[name] is not None}
    if pool:
        asked["pool"] = pool
    if flags["variants"] is not None:
        asked["plan"] = {"variants": flags["variants"]}
    return asked


def _pair(text: str) -> tuple[str, Any]:
    import json

    name, sign, value = text.partition("=")
    if not (sign and name):
        raise click.UsageError(f"--engine-setting {text}: write NAME=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
