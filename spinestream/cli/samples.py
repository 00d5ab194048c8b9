"""`spinestream samples`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, listing, login_name, with_parts, workdir_option

_who = click.option("--who", default=login_name, help="Who decides (default: the login name).")


@click.group("samples")
def command() -> None:
    """List, show, accept, edit, reject, reopen and export samples."""


@command.command("list")
@workdir_option
@click.option("--state", help="States, comma separated, or all; default: all but retracted.")
@click.option("--source", help="A source id or version.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@json_option
def list_command(workdir: Path, state: str | None, source: str | None, limit: int, as_json: bool) -> None:
    """List samples in the order of their ids; those of a withdrawn source only as retracted."""
    from generation.samples import State
    from spinestream.cli.main import emit

    states = _states(state) or set(State) - ({State.RETRACTED} if state is None else set())

    async def go(parts: Any) -> list[dict[str, Any]]:
        found = await parts.store.list(states, source, limit)
        gone = await parts.sources.withdrawn({one.source.id for one in found if one.source})
        # A tombstone counts at once, also where the sweep has not come by yet.
        live = [one for one in found if not (one.source and one.source.id in gone) or one.state is State.RETRACTED]
        return [_short(one) for one in live]

    found = with_parts(workdir, go)
    if as_json:
        emit(found)
        return
    table, console = listing("id", "kind", "state", "levels", "begins", "reasons")
    for one in found:
        kind = f"{one['kind'] or '–'} {one['language'] or ''}"
        levels, reasons = ", ".join(one["levels"]), ", ".join(one["reasons"])
        table.add_row(one["id"], kind, one["state"], levels, one["begins"] or "", reasons)
    console.print(table)
    if len(found) == limit:
        click.echo(f"there may be more than these {limit}: --limit", err=True)


def _states(text: str | None) -> Any:
    from generation.samples import State

    if text is None or text == "all":
        return None
    try:
        return [State(one.strip()) for one in text.split(",")]
    except ValueError as error:
        known = ", ".join(one.value for one in State)
        raise click.UsageError(f"{error}; states are {known}") from error


def _short(sample: Any) -> dict[str, Any]:
    return {
        "id": sample.id,
        "kind": sample.plan.kind.value if sample.plan else None,
        "language": sample.plan.language.value if sample.plan else None,
        "state": sample.state.value,
        "source": sample.source.id if sample.source else None,
        "levels": list(sample.plan.levels) if sample.plan else [],
        "question": sample.text.question,
        "begins": next(iter(sample.text.places.values()), None),
        "reasons": list(sample.reasons),
    }


@command.command("show")
@click.argument("item_id", metavar="ID")
@workdir_option
@json_option
def show(item_id: str, workdir: Path, as_json: bool) -> None:
    """Show one sample beside its evidence."""
    from review_bridge.errors import SampleUnknown
    from review_bridge.record import record_of
    from spinestream.cli.main import emit
    from spinestream.cli.sample_view import print_sample

    sample = with_parts(workdir, lambda parts: parts.store.get(item_id))
    if sample is None:
        raise SampleUnknown(item_id)
    if as_json:
        emit(record_of(sample))
    else:
        print_sample(record_of(sample))


def _decide(workdir: Path, item_id: str, kind: str, as_json: bool, **told: Any) -> None:
    from generation.samples import Decision, DecisionKind
    from review_bridge.decisions import decide, decided_event
    from spinestream.cli.main import emit

    async def go(parts: Any) -> dict[str, Any]:
        sample = await parts.store.get(item_id)

        def event_of(decision: Decision) -> dict[str, Any]:
            return decided_event(sample.source, decision, "front-door")

        decision = await decide(parts.store, parts.queue, item_id, DecisionKind(kind), event_of=event_of, **told)
        await parts.send(parts.store.decisions.documents)
        found: dict[str, Any] = decision.model_dump(mode="json")
        return found

    done = with_parts(workdir, go, redis=True)
    if as_json:
        emit(done)
    else:
        click.echo(f"sample {item_id} is {done['kind']} by {done['who']}")


@command.command("accept")
@click.argument("item_id", metavar="ID")
@workdir_option
@_who
@click.option("--why", default="", help="Why; needed for a sample that the checks held.")
@json_option
def accept(item_id: str, workdir: Path, who: str, why: str, as_json: bool) -> None:
    """Accept a queued sample, or a held one with a reason."""
    _decide(workdir, item_id, "accepted", as_json, who=who, why=why)


@command.command("edit")
@click.argument("item_id", metavar="ID")
@workdir_option
@_who
@click.option("--question", help="The new question.")
@click.option("--rationale", help="The new rationale.")
@click.option("--answer", help="The new answer of an open question.")
@click.option(
    "--text",
    "texts",
    multiple=True,
    metavar="NAME=TEXT",
    help="A new text by its name in `samples show`: turns.2, report.diagnosis.",
)
@click.option("--why", default="", help="Why.")
@json_option
def edit(
    item_id: str, workdir: Path, who: str, texts: tuple[str, ...], why: str, as_json: bool, **named: str | None
) -> None:
    """Accept a sample with changes; target and options stay the plan's."""
    changes = {name: text for name, text in named.items() if text is not None}
    for one in texts:
        name, sign, text = one.partition("=")
        if not sign:
            raise click.UsageError(f"--text {one}: write NAME=TEXT")
        changes[name.strip()] = text
    _decide(workdir, item_id, "edited", as_json, who=who, why=why, changes=changes)


@command.command("reject")
@click.argument("item_id", metavar="ID")
@workdir_option
@_who
@click.option("--why", required=True, help="Why it is not usable.")
@json_option
def reject(item_id: str, workdir: Path, who: str, why: str, as_json: bool) -> None:
    """Reject a sample with a reason."""
    _decide(workdir, item_id, "rejected", as_json, who=who, why=why)


@command.command("reopen")
@click.argument("item_id", metavar="ID")
@workdir_option
@_who
@click.option("--why", default="", help="Why.")
@json_option
def reopen(item_id: str, workdir: Path, who: str, why: str, as_json: bool) -> None:
    """Take the latest decision on a sample back; it waits for one again."""
    _decide(workdir, item_id, "reopened", as_json, who=who, why=why)


@command.command("export")
@workdir_option
@click.option("--format", "form", type=click.Choice(["jsonl"]), default="jsonl", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
@click.option("--state", help="States, comma separated, or all; default: queued, accepted, edited.")
@click.option("--canonical", is_flag=True, help="Sorted by id, without times and hosts: same samples, same bytes.")
@json_option
def export(workdir: Path, form: str, out: Path, state: str | None, canonical: bool, as_json: bool) -> None:
    """Write one record a line; a withdrawn source's samples are never in it."""
    from review_bridge.export import DEFAULT_STATES, write_jsonl
    from spinestream.cli.main import emit

    if not out.absolute().parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}")
    states: Any = "all" if state == "all" else (_states(state) or DEFAULT_STATES)

    async def go(parts: Any) -> Any:
        return await write_jsonl(out, parts.store, states, parts.sources.withdrawn, canonical=canonical)

    done = with_parts(workdir, go)
    if as_json:
        emit({"out": str(out), "records": done.records, "withdrawn": done.withdrawn, "format": form})
    else:
        click.echo(f"{done.records} records in {out}")
