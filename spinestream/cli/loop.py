"""`spinestream loop`: one whole turn of the loop, without a person."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinestream.cli.options import json_option, listing, workdir_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spinestream.loop_turn import Turn
    from spinestream.running import RunReport
    from spinestream.running.progress import Progress
    from spinestream.wiring import Parts
    from streams.model_payloads import AxisResult

ROLES = ("intake", "store", "web", "trends", "scorer", "trainer", "pools")
SETTINGS = {
    "trigger": {"new_samples": 16, "debounce_seconds": 3, "look_seconds": 1, "simulated": True},
    "plan": {"max_items": 12},
}
"""What one turn on two cores needs otherwise than a deployment that runs for months."""
LEVEL = "level:"
"""How the results of single levels are named: too many for a screen."""
BENCH_SEED = 20_510
"""Of the bench's phantoms; other patients than those of the studies, whatever `--seed`."""


@click.command("loop")
@click.option("--studies", type=click.IntRange(1, 500), default=16, show_default=True, help="Phantom studies to take.")
@click.option(
    "--bench",
    "phantoms",
    type=click.IntRange(5, 2000),
    default=30,
    show_default=True,
    help="Bench phantoms, about six items each; two models answer every one three ways.",
)
@click.option("--seed", type=click.IntRange(0), default=4, show_default=True, help="Of studies and simulated review.")
@click.option("--engine", default="vllm", show_default=True, help="What drafts and revises.")
@click.option("--minutes", type=click.IntRange(1, 600), default=28, show_default=True, help="Time the turn may take.")
@workdir_option
@json_option
def command(studies: int, phantoms: int, seed: int, engine: str, minutes: int, workdir: Path, as_json: bool) -> int:
    """Take documents and phantom studies in, let a simulated reviewer decide (marked everywhere), train on what it
    accepted, score the candidate beside the champion, let the gate decide, and swap the model where it is promoted.

    All of it is the real thing but for the reviewer and the patients.
    """
    from spinestream.cli.demo import documents
    from spinestream.cli.main import emit
    from spinestream.cli.summary import logs_told
    from spinestream.running import Runner, RunRequest
    from spinestream.running.progress import Progress
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    place = Workdir(workdir.resolve())
    with logs_told(workdir), Progress() as progress:
        turning = _Turning(place, phantoms, seed, time.monotonic() + 60 * minutes, progress)
        paths = [*documents(), turning.write_studies(studies)]
        settings = load(place, {**SETTINGS, "engine": engine}, new_run=True)
        runner = Runner(place, settings, progress.show, ROLES, turning.after)
        report = runner.run(RunRequest(paths, _wanted()))
    if as_json:
        emit({**report.as_json(), "turn": turning.turn.as_json() if turning.turn else None})
    elif turning.turn:
        _print(turning.turn, workdir)
    return report.exit_code


def _wanted() -> tuple[Any, ...]:
    from generation.items import Kind
    from generation.sources import Language
    from streams.payloads import Wanted

    return (Wanted(kind=Kind.MCQ, language=Language.EN),)


class _Turning:
    """What is done once all sources are settled, while the roles still run."""

    def __init__(self, workdir: Any, phantoms: int, seed: int, deadline: float, progress: Progress) -> None:
        self._workdir = workdir
        self._phantoms = phantoms
        self._seed = seed
        self._deadline = deadline
        self._progress = progress
        self.turn: Turn | None = None

    def write_studies(self, studies: int) -> Path:
        """Write phantom studies, with reports by the templates that may be trained on."""
        from generation.phantom import Templates, make_studies
        from generation.sources import Language
        from spinestream.cli.phantom import write_studies

        folder: Path = self._workdir.root / "phantoms"
        self._tell(f"making {studies} phantom studies")
        write_studies(folder, make_studies(studies, self._seed, (Language.EN,), Templates.TRAIN))
        return folder

    async def after(self, parts: Parts, report: RunReport) -> None:
        """Make the bench, follow the turn, and after a promotion have new drafts made."""
        from bench.items.from_phantoms import phantom_items
        from generation.sources import Language
        from spinestream.loop_turn import TurnWatch

        self._tell("making the bench of held-out phantoms and templates")
        items = phantom_items(self._phantoms, (Language.EN,), BENCH_SEED)
        await parts.versions.make(items, "the loop's", parts.outbox)
        watch = TurnWatch(parts, self._tell, self._deadline)
        self.turn = await watch.follow(self._seed)
        if self.turn.promoted:
            await watch.drafts(self.turn, await self._another(parts))

    async def _another(self, parts: Parts) -> str:
        """Take another document in; returns its version."""
        from spinestream.perf.corpus import write_corpus
        from spinestream.running.register import ingest
        from spinestream.running.request import RunRequest

        write_corpus(folder := self._workdir.root / "after", 1, 6, self._seed)
        taken = await ingest(parts, self._workdir, RunRequest([folder], _wanted()), self._tell)
        return taken.versions[0]

    def _tell(self, said: str) -> None:
        from actors.usage import Used

        self._progress.show(said, None, Used())


def _print(turn: Turn, workdir: Path) -> None:
    decided = turn.decisions
    click.echo(
        f"Review (simulated, every decision says so): {decided.accepted} accepted, {decided.edited} edited, "
        f"{decided.rejected} rejected"
    )
    click.echo(
        f"Snapshot {turn.snapshot[:12]}: {turn.samples} samples, {'simulated' if turn.simulated else 'of people'}"
    )
    if not turn.adapter:
        click.echo(f"Run {turn.run}: {turn.run_state} {turn.why}".rstrip())
        return
    loss = f", loss {turn.first_loss:.3f} -> {turn.last_loss:.3f}" if turn.last_loss is not None else ""
    click.echo(f"Run {turn.run}: {turn.steps} steps{loss}; candidate {turn.adapter}")
    _print_axes(turn.axes)
    click.echo(f"Gate: {turn.judgement} (look {turn.look})")
    small = [reason for reason in turn.reasons if LEVEL in reason and reason.startswith("met")]
    for reason in turn.reasons:
        if reason not in small:
            click.echo(f"  {reason}")
    if small:
        click.echo(f"  met: {len(small)} single levels; `spinestream trends --json` has each")
    if turn.left:
        click.echo(f"  not carried out: {turn.left}")
    if turn.promoted:
        by = ", ".join(turn.new_drafts_by)
        click.echo(f"Route: {turn.route}; {turn.new_drafts} new drafts by {by}")
    took = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in turn.seconds.items())
    click.echo(f"Took: {took}. Everything is kept in {workdir}; `spinestream up --workdir {workdir}` shows the trends")


def _print_axes(axes: Sequence[AxisResult]) -> None:
    from spinestream.cli.bench_view import BASELINES, share

    table, console = listing("axis", "items", "cases", "candidate", "champion", "difference", "95 %", *BASELINES)
    for one in axes:
        if one.axis.startswith(LEVEL):
            continue
        table.add_row(
            *(one.axis, str(one.items), str(one.cases), f"{one.candidate:.3f}", f"{one.champion:.3f}"),
            *(f"{one.difference:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}"),
            *(share(getattr(one, name)) for name in BASELINES),
        )
    console.print(table)
