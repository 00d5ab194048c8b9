"""`spinestream phantom`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinestream.cli.options import json_option

if TYPE_CHECKING:
    from generation.phantom import PhantomStudy, TruthLine

_TRUTH = "truth.jsonl"
_REPORT = "report.txt"


@click.command("phantom")
@click.option("--studies", type=click.IntRange(1, 9999), default=4, show_default=True, help="How many.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same bytes.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write into.")
@click.option(
    "--language",
    type=click.Choice(["en", "zh", "both"]),
    default="both",
    show_default=True,
    help="Of the reports; both take turns.",
)
@click.option(
    "--templates",
    type=click.Choice(["all", "train", "bench"]),
    default="train",
    show_default=True,
    help="Which report templates: those that may be trained on, those that SpineBench asks about, or all. Of studies "
    "by the latter no sample should be trained on.",
)
@json_option
def command(studies: int, seed: int, out: Path, language: str, templates: str, as_json: bool) -> None:
    """Write DICOM studies of nobody, each with a report, whose findings and identifiers are known.

    OUT gets a folder a study (objects and report.txt), and truth.jsonl with one line a study.
    """
    from generation.phantom import Templates, make_studies
    from generation.sources import Language
    from spinestream.cli.main import emit

    languages = tuple(Language) if language == "both" else (Language(language),)
    _refuse_others(out, {f"study-{number:04}" for number in range(1, studies + 1)})
    lines = write_studies(out, make_studies(studies, seed, languages, Templates(templates)))
    if as_json:
        emit(
            {
                "out": str(out),
                "truth": _TRUTH,
                "studies": [line.model_dump(mode="json", exclude={"phi"}) for line in lines],
            }
        )
        return
    for line in lines:
        found = ", ".join(f"{one.finding} {one.level}" for one in line.findings)
        click.echo(f"{line.study}  {line.kind.value:<13} {line.language.value}  {line.objects:>3} objects  {found}")


def write_studies(out: Path, made: Iterable[tuple[str, PhantomStudy]]) -> list[TruthLine]:
    """Write a folder a study, and truth.jsonl with a line a study; returns the lines."""
    from generation.phantom import truth_line

    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, study in made:
        _write(out / name, {**dict(study.instances), _REPORT: study.report.encode()})
        lines.append(truth_line(name, study))
    (out / _TRUTH).write_bytes(b"".join(line.content() for line in lines))
    return lines


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write a study's files; what lies in its folder beside them is refused, so that no two studies mix."""
    from spinestream.errors import UsageError

    folder.mkdir(exist_ok=True)
    strangers = {entry.name for entry in folder.iterdir()} - files.keys()
    if strangers:
        raise UsageError(f"{folder.name} holds {len(strangers)} files that are not this study's; choose another --out")
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _refuse_others(out: Path, names: set[str]) -> None:
    from spinestream.errors import UsageError

    strangers = {entry.name for entry in out.iterdir()} - names - {_TRUTH} if out.is_dir() else set()
    if strangers:
        raise UsageError(
            f"the output folder holds {len(strangers)} other entries; choose an empty or a new one for --out"
        )
