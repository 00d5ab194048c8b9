"""`spinestream events`: the topic registry and the schemas generated from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option

_out = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write it to.")


@click.group("events")
def command() -> None:
    """Print topics, schemas, and what other tools are told of them."""


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


@command.command("asyncapi")
@_out
@json_option
def asyncapi_command(out: Path | None, as_json: bool) -> None:
    """Print (or write) the AsyncAPI 3 document: topics, messages, and what each role reads and sends."""
    from streams.asyncapi import asyncapi

    _emit_or_write(asyncapi(), out)


@command.command("chart")
@_out
@json_option
def chart_command(out: Path | None, as_json: bool) -> None:
    """Print (or write) the table of topics and roles that the Helm chart reads."""
    from streams.kafka_manifests import chart_table

    _emit_or_write(chart_table(), out)


@command.command("manifests")
@click.option("--cluster", default="kafka", show_default=True, help="Name of the Kafka object that has the topics.")
@click.option("--prefix", default="spinestream.", show_default=True, help="Goes before every topic.")
@click.option("--replicas", type=click.IntRange(1, 7), default=3, show_default=True, help="Replicas of each topic.")
@click.option(
    "--min-insync-replicas",
    type=click.IntRange(1, 7),
    default=2,
    show_default=True,
    help="Replicas that acknowledge a write.",
)
@json_option
def manifests_command(cluster: str, prefix: str, replicas: int, min_insync_replicas: int, as_json: bool) -> None:
    """Print a Strimzi KafkaTopic for every topic, for a cluster without our chart: YAML, or a JSON list."""
    import yaml

    from spinestream.cli.main import emit
    from streams.kafka_manifests import kafka_topics

    try:
        made = kafka_topics(cluster, prefix=prefix, replicas=replicas, min_insync_replicas=min_insync_replicas)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        emit(made)
    else:
        click.echo(yaml.safe_dump_all(made, sort_keys=False, explicit_start=True), nl=False)


def _emit_or_write(found: dict[str, Any], out: Path | None) -> None:
    import orjson

    from spinestream.cli.main import emit

    if out is None:
        emit(found)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    click.echo(str(out))
