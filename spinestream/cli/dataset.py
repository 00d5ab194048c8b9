"""`spinestream dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, listing, login_name, with_parts, workdir_option

FORMS = ("sharegpt", "parquet")
"""Names of `review_bridge.snapshots.export.FORMATS`; a test holds them the same."""


@click.group("dataset")
def command() -> None:
    """Freeze datasets of accepted and edited samples, list, show and export them."""


@command.command("snapshot")
@workdir_option
@click.option("--simulated", is_flag=True, help="Also samples that no person decided on; the dataset is marked.")
@click.option("--why", default="asked for", show_default=True, help="Why it is made.")
@click.option("--who", default=login_name, help="Who asks (default: the login name).")
@json_option
def snapshot(workdir: Path, simulated: bool, why: str, who: str, as_json: bool) -> None:
    """Freeze what is accepted by now; the same samples give the same name. No sample at all is a dataset too."""
    from spinestream.cli.main import emit

    async def go(parts: Any) -> dict[str, Any]:
        await _note_bench(parts)
        requested = await parts.snapshots.request(why, who or "unknown", simulated=simulated)
        # Made here, and the event sent afterwards: whoever hears of the request finds its result.
        made = await parts.snapshots.make(requested)
        await parts.send(parts.snapshots.requests.documents)
        card = await parts.snapshots.card_at(made.card)
        return {**made.model_dump(mode="json"), "card": {"address": made.card, **card.model_dump(mode="json")}}

    made = with_parts(workdir, go)
    if as_json:
        emit(made)
        return
    click.echo(made["snapshot"])
    for line in _told(made["card"]):
        click.echo(line)


@command.command("list")
@workdir_option
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@json_option
def list_command(workdir: Path, limit: int, as_json: bool) -> None:
    """List datasets, the newest first."""
    from spinestream.cli.main import emit

    async def go(parts: Any) -> list[dict[str, Any]]:
        return [one.model_dump(mode="json") for one in await parts.snapshots.list(limit)]

    found = with_parts(workdir, go)
    if as_json:
        emit(found)
        return
    table, console = listing("snapshot", "samples", "simulated", "phantom", "made", "withdrawn")
    for one in found:
        table.add_row(
            one["digest"],
            str(one["samples"]),
            f"yes, {one['simulated_samples']}" if one["simulated"] else "no",
            str(one["phantom_samples"]),
            one["made_at"][:19],
            ", ".join(one["withdrawn"]),
        )
    console.print(table)


@command.command("show")
@click.argument("name", metavar="[SNAPSHOT]", required=False)
@workdir_option
@json_option
def show(name: str | None, workdir: Path, as_json: bool) -> None:
    """Show the card of a dataset: its digest or the beginning of it; none given, the newest."""
    from spinestream.cli.main import emit

    async def go(parts: Any) -> dict[str, Any]:
        one = await _named(parts, name)
        card = await parts.snapshots.card(one)
        return {**one.model_dump(mode="json"), "card": {"address": one.card, **card.model_dump(mode="json")}}

    found = with_parts(workdir, go)
    if as_json:
        emit(found)
        return
    click.echo(f"{found['digest']}  made {found['made_at']}, requests: {', '.join(found['requests'])}")
    if found["withdrawn"]:
        click.echo(f"withdrawn since: {', '.join(found['withdrawn'])}; exports leave their lines out")
    for line in _told(found["card"]):
        click.echo(line)
    _print_parts(found["card"])


@command.command("export")
@click.argument("name", metavar="[SNAPSHOT]", required=False)
@workdir_option
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
@json_option
def export(name: str | None, workdir: Path, form: str, out: Path, as_json: bool) -> None:
    """Write a dataset (none given: the newest) without the lines of sources that were withdrawn since."""
    from review_bridge.snapshots import export_rows
    from spinestream.cli.main import emit

    if not out.absolute().parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}")

    async def go(parts: Any) -> dict[str, Any]:
        one = await _named(parts, name)
        rows = await parts.snapshots.rows(one)
        done = await export_rows(rows, one.digest, out, form, parts.sources.withdrawn)
        told = {"snapshot": one.digest, "simulated": one.simulated, "format": form}
        return {"out": str(out), "records": done.records, "withdrawn": done.withdrawn, **told}

    done = with_parts(workdir, go)
    if as_json:
        emit(done)
        return
    left_out = f", {done['withdrawn']} left out as withdrawn" if done["withdrawn"] else ""
    marked = ", simulated decisions among them" if done["simulated"] else ""
    click.echo(f"{done['records']} records in {out}{left_out}{marked}")


async def _note_bench(parts: Any) -> None:
    """Hold the dataset against the newest bench also where no role has heard of it yet."""
    from streams.model_payloads import BenchVersioned

    newest = await parts.versions.newest()
    if newest is not None:
        versioned = BenchVersioned(bench=newest.bench, items=newest.items, overlap=newest.overlap)
        await parts.snapshots.benches.note(versioned, newest.at)


async def _named(parts: Any, name: str | None) -> Any:
    return await (parts.snapshots.get(name) if name else parts.snapshots.newest())


def _told(card: dict[str, Any]) -> list[str]:
    """Return the lines that say what is in a dataset and what is not."""
    states = ", ".join(f"{n} {state}" for state, n in card["states"].items())
    left_out = ", ".join(f"{n} {why}" for why, n in card["left_out"].items() if n)
    bench = card["cleaning"]["bench"]
    return [
        f"{card['samples']} samples{f' ({states})' if states else ''}",
        f"simulated: {card['simulated']} samples, phantom: {card['phantom']} samples",
        f"left out: {left_out or 'nothing'}",
        f"overlap taken out with bench {bench[:12]}" if bench else "no bench is known: overlap was not looked for",
    ]


def _print_parts(card: dict[str, Any]) -> None:
    """Print the counts and the sources as tables."""
    table, console = listing("kind", "language", "axis", "split", "samples")
    for cell in card["counts"]:
        table.add_row(*(str(cell[name]) for name in ("kind", "language", "axis", "split", "samples")))
    console.print(table)
    table, console = listing("source", "version", "title", "licence", "samples")
    for one in card["sources"]:
        phantom = " (phantom)" if one["phantom"] else ""
        licence = one["licence"] or "none stated"
        table.add_row(one["id"], one["version"][:12], one["title"] + phantom, licence, str(one["samples"]))
    console.print(table)
    for name in ("licences", "criteria", "models"):
        told = ", ".join(f"{value} {n}" for value, n in card[name].items())
        click.echo(f"{name}: {told or '–'}")
