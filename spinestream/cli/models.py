"""`spinestream models`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, listing, login_name, with_parts, workdir_option

who_option = click.option("--who", default=login_name, help="Who says so (default: the login name).")


@click.group("models")
def command() -> None:
    """Look at adapters and decide which one answers; prepare the bundled model."""


@command.command("prepare")
def prepare_command() -> None:
    """Convert the bundled small model once and keep it in the user's cache."""
    from actors.engines.small_model import prepare

    click.echo("preparing the bundled small model (about 20 s the first time) …", err=True)
    click.echo(str(prepare()))


@command.command("list")
@workdir_option
@json_option
def list_command(workdir: Path, as_json: bool) -> None:
    """List adapters with their states, the newest first."""
    from spinestream.cli.main import emit

    async def go(parts: Any) -> list[dict[str, Any]]:
        return [adapter_told(record, state) for record, state in await parts.registry.listed()]

    found = with_parts(workdir, go)
    if as_json:
        emit(found)
        return
    table, console = listing("adapter", "state", "marks", "samples", "loss", "parent", "snapshot", "made")
    for one in found:
        card = one["card"]
        marks = [name for name in ("simulated", "tainted") if one[name]]
        marks += ["phantom"] if card["phantom"] else []
        losses = card["result"]["losses"]
        loss = f"{losses[0]:.3f} → {losses[-1]:.3f}" if losses else ""
        table.add_row(
            *(one["name"], one["state"], ", ".join(marks), str(card["samples"]), loss),
            *(one["parent"] or "bare", one["snapshot"][:12], one["made"][:19]),
        )
    console.print(table)
    if not any(one["state"] == "champion" for one in found):
        click.echo("the bare model answers")


@command.command("show")
@click.argument("name")
@workdir_option
@json_option
def show(name: str, workdir: Path, as_json: bool) -> None:
    """Show an adapter: its card, its lineage, what was decided on it."""
    from spinestream.cli.main import emit

    async def go(parts: Any) -> dict[str, Any]:
        record = await parts.registry.get(name)
        told = adapter_told(record, await parts.registry.state(record))
        history = [one for one in await parts.registry.history() if name in (one.name, one.previous)]
        judged = [{**one["payload"], "left": one.get("left", "")} for one in await parts.gate.of(name)]
        return {**told, "promotions": [one.model_dump(mode="json") for one in history], "judgements": judged}

    one = with_parts(workdir, go)
    if as_json:
        emit(one)
        return
    for line in _lines(one):
        click.echo(line)


@command.command("promote")
@click.argument("name")
@workdir_option
@click.option("--why", default="by hand", show_default=True, help="Why; it goes into the history.")
@who_option
@json_option
def promote(name: str, workdir: Path, why: str, who: str, as_json: bool) -> None:
    """Make an adapter the champion, whatever the gate says. The pools load and test it before it answers."""

    async def go(parts: Any) -> dict[str, Any]:
        record = await parts.registry.get(name)
        return await _sent(parts, await parts.registry.promote(record.ref, who=who or "unknown", why=why))

    _tell(with_parts(workdir, go), as_json)


@command.command("rollback")
@workdir_option
@click.option("--to", help="An adapter that was the champion before, or `bare`; none given: the one before.")
@click.option("--why", default="by hand", show_default=True, help="Why; it goes into the history.")
@who_option
@json_option
def rollback(workdir: Path, to: str | None, why: str, who: str, as_json: bool) -> None:
    """Go back to an earlier champion."""

    async def go(parts: Any) -> dict[str, Any]:
        return await _sent(parts, await parts.registry.rollback(who=who or "unknown", why=why, to=to))

    _tell(with_parts(workdir, go), as_json)


@command.command("rescore")
@click.argument("name")
@workdir_option
@json_option
def rescore(name: str, workdir: Path, as_json: bool) -> None:
    """Have an adapter scored beside the champion of now on the newest bench version, and judged.

    What was answered is not asked again, and the same comparison is not judged twice.
    """
    from spinestream.cli.main import emit

    async def go(parts: Any) -> dict[str, Any]:
        record = await parts.registry.ask_again(name)
        return {"name": record.ref.name, "sent": await parts.send(parts.registry.adapters)}

    told = with_parts(workdir, go)
    if as_json:
        emit(told)
        return
    when = "the scorer has been told" if told["sent"] else "it is told once a broker runs (`spinestream up`)"
    click.echo(f"{told['name']}: {when}; `spinestream models show {told['name']}` has what came of it")


@command.command("approve")
@click.argument("name")
@workdir_option
@click.option("--why", default="", help="What to note with it.")
@who_option
@json_option
def approve(name: str, workdir: Path, why: str, who: str, as_json: bool) -> None:
    """Promote a candidate that waits for a person."""

    async def go(parts: Any) -> Any:
        from training.gate import approve as approve_candidate
        from training.promoter import GatePromoter

        async def send() -> None:
            await parts.send(parts.registry.promotions)

        judged = await approve_candidate(parts.gate, GatePromoter(parts.registry, send), name, who, why=why)
        await parts.send(parts.gate.documents)
        return judged

    _tell_judged(with_parts(workdir, go), as_json)


@command.command("refuse")
@click.argument("name")
@workdir_option
@click.option("--why", required=True, help="Why; it goes with the judgement.")
@who_option
@json_option
def refuse(name: str, workdir: Path, why: str, who: str, as_json: bool) -> None:
    """Refuse a candidate that waits for a person."""

    async def go(parts: Any) -> Any:
        from training.gate import refuse as refuse_candidate

        judged = await refuse_candidate(parts.gate, name, who, why)
        await parts.send(parts.gate.documents)
        return judged

    _tell_judged(with_parts(workdir, go), as_json)


def adapter_told(record: Any, state: Any) -> dict[str, Any]:
    """Return the object that `--json` prints of an adapter (`training.adapter_record`)."""
    told: dict[str, Any] = record.model_dump(mode="json")
    return {"name": record.ref.name, "state": state.value, **told}


async def _sent(parts: Any, entry: Any) -> dict[str, Any]:
    sent = await parts.send(parts.registry.promotions)
    told: dict[str, Any] = entry.model_dump(mode="json")
    return {**told, "name": entry.name, "sent": sent}


def _tell(entry: dict[str, Any], as_json: bool) -> None:
    from spinestream.cli.main import emit

    if as_json:
        emit(entry)
        return
    later = "" if entry["sent"] else "; the pools hear of it once a broker runs"
    click.echo(f"{entry['name'] or 'the bare model'} is the champion (number {entry['seq']}, by {entry['who']}){later}")


def _tell_judged(judged: Any, as_json: bool) -> None:
    from spinestream.cli.main import emit

    if as_json:
        emit(judged.model_dump(mode="json"))
        return
    click.echo(f"{judged.candidate}: {judged.judgement.value}; {judged.why[-1]}")


def _lines(one: dict[str, Any]) -> list[str]:
    card, result = one["card"], one["card"]["result"]
    line = " ← ".join([one["name"], *(one["ancestors"] or []), f"{one['ref']['model']} (bare)"])
    lines = [
        f"{one['name']}: {one['state']}" + (", simulated decisions in it" if one["simulated"] else ""),
        f"  line: {line}",
        f"  run {one['run']} on snapshot {one['snapshot']}",
        (
            f"  samples {card['samples']}: {card['new']} new, {card['replayed']} replayed, {card['phantom']} phantom, "
            f"{card['simulated']} simulated; {result['truncated']} cut, left out {result['left_out'] or 'none'}"
        ),
        (
            f"  {result['steps']} steps, loss {result['losses'][0]:.3f} → {result['losses'][-1]:.3f}, "
            f"{result['tokens']} tokens, {result['seconds']:.0f} s, resumed {result['resumed']} times"
        ),
        f"  configuration {card['config']}, seed {card['seed']}, from {card['init_from']}",
        f"  sources: {len(one['sources'])}" + (f", withdrawn: {', '.join(one['tainted'])}" if one["tainted"] else ""),
    ]
    lines += [
        f"  {one['when'][:19]} {one['move']} number {one['seq']} by {one['who']}: {one['why']}"
        for one in one["promotions"]
    ]
    for judged in one["judgements"]:
        lines += [f"  gate: {judged['judgement']} at look {judged['look']}", *(f"    {why}" for why in judged["why"])]
        lines += [f"    not carried out: {judged['left']}"] if judged["left"] else []
    return lines
