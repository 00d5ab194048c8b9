"""How `spinestream bench` shows versions, scores and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from spinestream.cli.options import listing

SHOWN_CUTS = ("kind", "axis", "language", "origin", "template")
TENTHS = 10


def show_version(told: Mapping[str, Any]) -> None:
    """Print what a version holds."""
    version = told["version"]
    if version is None:
        click.echo("no version of SpineBench yet: `bench items --phantom 40` makes one")
        return
    click.echo(f"version {version['bench']}  ({version['why']})")
    marks = f"{version['phantom']} about phantoms, which are nobody's" if version["phantom"] else "none about phantoms"
    click.echo(f"{version['items']} items of {version['cases']} cases, {version['twins']} pairs of twins; {marks}")
    table, console = listing("cut", "value", "items")
    for cut in SHOWN_CUTS:
        for value, count in version["counts"][cut].items():
            table.add_row(cut, value, str(count))
    console.print(table)
    click.echo(f"versions: {len(told['versions'])}")


BASELINES = ("chance", "majority", "blind")
"""What needs no knowledge, as results of comparisons name it (`streams.model_payloads.AxisResult`)."""


def share(value: float | None) -> str:
    """Return a share as a table shows it, a dash for none."""
    return "–" if value is None else f"{value:.3f}"


def show_score(score: Any) -> None:
    """Print what a model scored: each axis by each method, beside what needs no knowledge."""
    name = score.adapter or "the bare model"
    click.echo(f"{name} ({score.model}) on version {score.bench[:12]}{_marks(score.simulated, score.phantom)}")
    table, console = listing(
        "axis", "method", "score", "95 %", "N", "cases", "chance", "majority", "blind", "unread", ""
    )
    for one in score.scores:
        table.add_row(
            one.axis,
            one.method.value,
            f"{one.score.value:.3f}",
            f"{one.score.low:.3f} – {one.score.high:.3f}",
            str(one.items),
            str(one.cases),
            f"{one.chance:.3f}",
            f"{one.majority:.3f}",
            "–" if one.blind is None else f"{one.blind:.3f}",
            str(one.failures),
            "; ".join((*(f"not above {name}" for name in one.not_above), *filter(None, (one.score.note,)))),
        )
    console.print(table)
    if score.swap is not None:
        both, only = score.swap.both, score.swap.original_only
        click.echo(
            f"level swap, {score.swap.pairs} pairs of twins: right on both {both.value:.3f} "
            f"({both.low:.3f} – {both.high:.3f}), right only as it was {only.value:.3f} "
            f"({only.low:.3f} – {only.high:.3f})"
        )
    if score.not_asked:
        click.echo(f"{score.not_asked} items are pictures or reports and were not asked")


def show_comparison(told: Mapping[str, Any]) -> None:
    """Print the paired differences of two models."""
    names = [told[who] or "the bare model" for who in ("candidate", "champion")]
    click.echo(
        f"{names[0]} beside {names[1]} on version {told['bench'][:12]}, by {told['method']}"
        f"{_marks(told['simulated'], 0)}"
    )
    table, console = listing(
        "axis", "N", "cases", names[0], names[1], "difference", "95 %", "gained", "lost", *BASELINES
    )
    for one in told["axes"]:
        table.add_row(
            one["axis"],
            str(one["items"]),
            str(one["cases"]),
            f"{one['candidate']:.3f}",
            f"{one['champion']:.3f}",
            f"{one['difference']:+.3f}",
            f"{one['low']:+.3f} – {one['high']:+.3f}",
            str(one["gained"]),
            str(one["lost"]),
            *(share(one.get(name)) for name in BASELINES),
        )
    console.print(table)
    drawn = told["bootstrap"]
    click.echo(f"all items by {drawn['draws']:,} draws of cases: {drawn['low']:+.3f} – {drawn['high']:+.3f}")
    tests = told["mcnemar"]
    click.echo(f"McNemar over all items, as if none shared a case: p {tests['exact']:.4f}, mid-p {tests['mid_p']:.4f}")


def show_trend(told: Mapping[str, Any]) -> None:
    """Print scores and comparisons in time."""
    table, console = listing(
        "at", "version", "model", "method", "score", "95 %", "N", "chance", "majority", "blind", ""
    )
    for score in told["scores"]:
        for one in (each for each in score["scores"] if each["axis"] == "all"):
            table.add_row(
                score["at"][:19],
                score["bench"][:12],
                score["adapter"] or f"{score['model']} (bare)",
                one["method"],
                f"{one['score']['value']:.3f}",
                f"{one['score']['low']:.3f} – {one['score']['high']:.3f}",
                str(one["items"]),
                f"{one['chance']:.3f}",
                f"{one['majority']:.3f}",
                "–" if one["blind"] is None else f"{one['blind']:.3f}",
                "simulated" if score["simulated"] else "",
            )
    console.print(table)
    beside, console = listing("at", "version", "candidate", "champion", "difference", "95 %", "N", "")
    for one in told["comparisons"]:
        whole = one["axes"][0]
        beside.add_row(
            one["at"][:19],
            one["bench"][:12],
            one["candidate"]["name"],
            one["champion"] or "bare",
            f"{whole['difference']:+.3f}",
            f"{whole['low']:+.3f} – {whole['high']:+.3f}",
            str(whole["items"]),
            "simulated" if one["simulated"] else "",
        )
    console.print(beside)


def progress_teller() -> Callable[[int, int], None]:
    """Return what says on stderr how far a model is, ten times at most."""
    told = 0

    def tell(done: int, total: int) -> None:
        nonlocal told
        tenth = done * TENTHS // total
        if tenth > told:
            told = tenth
            click.echo(f"{done} of {total} answers", err=True)

    return tell


def _marks(simulated: bool, phantom: int) -> str:
    marks = (["no model answered (simulated)"] if simulated else []) + (
        [f"{phantom} items about phantoms"] if phantom else []
    )
    return f"; {'; '.join(marks)}" if marks else ""
