"""`spinestream documents`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spinestream.cli.options import json_option


@click.group("documents")
def command() -> None:
    """Look at how a document is read."""


@command.command("text")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def text(file: Path, as_json: bool) -> None:
    """Print the text of FILE that every `start` and `end` of an export counts characters in."""
    from spinestream.cli.main import emit
    from streams.intake.documents import text_of

    found = text_of(file)
    if as_json:
        emit({"text": found})
    else:
        sys.stdout.buffer.write(found.encode())


@command.command("passages")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def passages(file: Path, as_json: bool) -> None:
    """Print the passages and sentences of FILE."""
    from spinestream.cli.main import emit
    from streams.intake.documents import media_type_of, read_content, read_document

    if not file.exists():
        raise FileNotFoundError(f"no such file: {file}")
    document = read_document(read_content(file), media_type_of(file))
    if as_json:
        emit(document.model_dump(mode="json"))
        return
    for passage in document.passages:
        click.echo(f"\n{passage.id}  {' / '.join(passage.heading_path)}  [{passage.start}-{passage.end}]")
        for sentence in passage.sentences:
            click.echo(f"  {sentence.id:<8} {sentence.plain}")
