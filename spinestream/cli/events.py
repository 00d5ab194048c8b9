"""`spinestream events`: the topic registry and the schemas generated from it."""

from __future__ import annotations

from pathlib import Path

import click

from spinestream.cli.options import json_option


@click.group("events")
def command() -> None:
    """Print topics and schemas."""


@command.command("topics")
@json_option
def topics_command(as_json: bool) -> None:
    """List every topic with its key, partitions and event type."""
    from spinestream.cli.main import emit
    from streams.topics import REGISTRY, specs

    if as_json:
        emit([{"name": s.name, "partitions": s.partitions, "config": dict(s.config)} for s in specs()])
        return
    for spec in specs():
        topic = REGISTRY.get(spec.name)
        told = f"{topic.event_type}  key: {topic.key}" if topic else "the bytes of records that could not be handled"
        click.echo(f"{spec.name:<20} {spec.partitions} partitions  {told}")


@command.command("schemas")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write one file a schema to.")
def schemas_command(out: Path | None) -> None:
    """Print (or write) the JSON Schema of every event."""
    import orjson

    from spinestream.cli.main import emit
    from streams.topics import schemas

    if out is None:
        emit(schemas())
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        body = orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        (out / name).write_bytes(body + b"\n")
        click.echo(str(out / name))
