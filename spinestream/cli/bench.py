"""`spinestream bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, with_parts, workdir_option

BARE = "bare"
"""What the model without an adapter is called."""
_bench = click.option("--bench", "version", help="A version by its digest or the first digits of it; default: newest.")


@click.group("bench")
def command() -> None:
    """Make versions of SpineBench, score models on them, compare models, and look at the published table."""


@command.command("items")
@workdir_option
@click.option(
    "--phantom", "phantoms", type=click.IntRange(1, 9999), help="Make a version: items about so many phantoms."
)
@click.option("--languages", help="Of the phantoms' reports, comma separated (en, zh); default: as set, en.")
@click.option("--seed", type=click.IntRange(0), help="Of the phantoms; the same seed, the same items.")
@click.option("--sources", is_flag=True, help="Make a version: items that plans of sources of split bench decided.")
@click.option(
    "--tsv", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Make a version: a VLMEvalKit table."
)
@json_option
def items(
    workdir: Path,
    phantoms: int | None,
    languages: str | None,
    seed: int | None,
    sources: bool,
    tsv: Path | None,
    as_json: bool,
) -> None:
    """Make a version of what is named, all of it together; without that, show the newest version.

    The same items are the same version, whoever makes it.
    """
    from spinestream.cli.bench_view import show_version
    from spinestream.cli.main import emit

    spoken = _languages(languages)

    async def go(parts: Any) -> dict[str, Any]:
        from spinestream.benching import new_version

        if phantoms is None and not sources and tsv is None:
            found = await parts.versions.newest()
        else:
            settings = _settings(workdir).bench
            found = await new_version(
                parts,
                phantoms=phantoms or 0,
                languages=spoken or settings.languages,
                seed=settings.seed if seed is None else seed,
                sources=sources,
                table=tsv,
            )
        versions = [one.bench for one in await parts.versions.listed()]
        return {"version": found.model_dump(mode="json") if found else None, "versions": versions}

    told = with_parts(workdir, go)
    if as_json:
        emit(told)
    else:
        show_version(told)


@command.command("run")
@workdir_option
@click.option("--adapter", help="Name of the adapter to score.")
@click.option("--bare", is_flag=True, help="Score the model without an adapter.")
@_bench
@json_option
def run(workdir: Path, adapter: str | None, bare: bool, version: str | None, as_json: bool) -> None:
    """Score a model; default: the champion. What it answered before is not asked again."""
    from spinestream.cli.bench_view import progress_teller, show_score
    from spinestream.cli.main import emit

    if adapter and bare:
        raise click.UsageError("--adapter and --bare exclude each other")
    settings = _settings(workdir)

    async def go(parts: Any) -> Any:
        from spinestream.benching import adapter_named, lease_of, scorer_of

        scorer = await scorer_of(parts, settings)
        if not version and await parts.versions.newest() is None:
            click.echo(f"no version yet: one about {settings.bench.phantoms} phantoms is made", err=True)
        bench = (await parts.versions.find(version)).bench if version else await scorer.newest(parts.outbox)
        champion = None if bare or adapter else await parts.registry.champion()
        found = await adapter_named(parts, adapter or (champion.name if champion else ""))
        async with lease_of(parts, settings, "bench run").held():
            return (await scorer.score(bench, found, progress_teller())).score

    done = with_parts(workdir, go, redis=True)
    if as_json:
        emit(done.model_dump(mode="json"))
    else:
        show_score(done)


@command.command("compare")
@click.argument("candidate", metavar="A")
@click.argument("champion", metavar="B")
@workdir_option
@_bench
@json_option
def compare(candidate: str, champion: str, workdir: Path, version: str | None, as_json: bool) -> None:
    """Compare two models that were scored, item by item: what A has more right than B. `bare` is the bare model."""
    from spinestream.cli.bench_view import show_comparison
    from spinestream.cli.main import emit

    settings = _settings(workdir)

    async def go(parts: Any) -> dict[str, Any]:
        from bench.errors import NoBench
        from spinestream.benching import compared, scorer_of

        scorer = await scorer_of(parts, settings)
        found = await (parts.versions.find(version) if version else parts.versions.newest())
        if found is None:
            raise NoBench("there is no version of SpineBench yet: `bench items --phantom 40` makes one")
        names = ["" if name == BARE else name for name in (candidate, champion)]
        return await compared(scorer, parts.registry, found.bench, *names)

    told = with_parts(workdir, go)
    if as_json:
        emit(told)
    else:
        show_comparison(told)


@command.command("trend")
@workdir_option
@json_option
def trend(workdir: Path, as_json: bool) -> None:
    """List what models scored, and how candidates stood beside the champion, the oldest first."""
    from spinestream.cli.bench_view import show_trend
    from spinestream.cli.main import emit

    async def go(parts: Any) -> dict[str, Any]:
        from bench.runner.scores import Scores

        scores = Scores(parts.database)
        return {
            "scores": [one.model_dump(mode="json") for one in await scores.listed()],
            "comparisons": await scores.comparisons(),
        }

    told = with_parts(workdir, go)
    if as_json:
        emit(told)
    else:
        show_trend(told)


@command.command("published")
@json_option
def published(as_json: bool) -> None:
    """Print the paper's table with the totals that its own formula gives, and where its print differs."""
    from bench.published import published_rows, published_table
    from spinestream.cli.main import emit
    from spinestream.cli.options import wide_console

    if as_json:
        emit(published_rows())
    else:
        wide_console().print(published_table())


def _settings(workdir: Path) -> Any:
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    return load(Workdir.existing(workdir))


def _languages(text: str | None) -> Any:
    from generation.sources import Language

    try:
        return tuple(Language(one.strip()) for one in text.split(",")) if text else ()
    except ValueError as error:
        raise click.UsageError(f"{error}; languages are {', '.join(Language)}") from error
