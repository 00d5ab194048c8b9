"""`spinestream demo`: everything on the documents that come along and on studies of nobody."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinestream.cli.options import json_option, workdir_option

if TYPE_CHECKING:
    from spinestream.running import RunReport
    from spinestream.running.progress import Progress
    from spinestream.wiring import Parts

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "documents"
LIMITS = {"max_items": 1, "max_consultations": 1, "max_reports": 1}
"""Of each source: what a small model does in six minutes on two cores, also on a slow day."""
OF_DOCUMENTS = "mcq,open_qa,consultation"
OF_STUDIES = "mcq,open_qa,report"
"""A consultation and a report cost a small model far more tokens than a question: each source gives one of them."""
SEED = 4
"""Of the studies and of the simulated reviewer."""
REVIEWER = "demo"


@click.command("demo")
@click.option("--studies", type=click.IntRange(0, 100), default=4, show_default=True, help="Phantom studies to make.")
@click.option(
    "--simulate-review",
    is_flag=True,
    help="Let a simulated reviewer decide on half of what is queued; each decision says so.",
)
@workdir_option
@json_option
def command(studies: int, simulate_review: bool, workdir: Path, as_json: bool) -> int:
    """Stream three documents and phantom studies through every stage and show what came of it: a sample of each kind
    beside its evidence, and the clinicians' desk at an address.

    On a terminal the desk stays up until Ctrl-C; elsewhere it ends by itself.
    """
    from actors.usage import Used
    from spinestream.cli.asked import OWN, wanted_of
    from spinestream.cli.summary import logs_told, print_advice
    from spinestream.running import Runner, RunRequest
    from spinestream.running.progress import Progress
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    place = Workdir(workdir.resolve())
    paths = documents()
    with logs_told(workdir), Progress() as progress:
        if studies:
            progress.show(f"making {studies} phantom studies", None, Used())
            paths.append(_write_studies(place.root / "phantoms", studies))
        settings = load(place, {"plan": LIMITS}, new_run=True)
        shown = _Shown(workdir, simulate_review, as_json, progress)
        runner = Runner(place, settings, progress.show, ("intake", "store", "web", "pools"), shown.after)
        asked = RunRequest(paths, wanted_of(OF_DOCUMENTS, OWN), wanted_of_studies=wanted_of(OF_STUDIES, OWN))
        report = runner.run(asked)
    print_advice(report, workdir)
    shown.last(report)
    return report.exit_code


def documents() -> list[Path]:
    """Return the documents that come along; raises UsageError away from a checkout."""
    from spinestream.errors import UsageError

    if not EXAMPLES.is_dir():
        raise UsageError("the example documents are in the repository's examples/documents; run this from a checkout")
    return sorted(p for p in EXAMPLES.iterdir() if p.suffix in (".md", ".txt", ".pdf"))


def _write_studies(folder: Path, studies: int) -> Path:
    from generation.phantom import Templates, make_studies
    from generation.sources import Language
    from spinestream.cli.phantom import write_studies

    write_studies(folder, make_studies(studies, SEED, tuple(Language), Templates.TRAIN))
    return folder


class _Shown:
    """What the demo shows at its end: on a terminal while the desk is up, elsewhere once all has stopped."""

    def __init__(self, workdir: Path, simulate: bool, as_json: bool, progress: Progress) -> None:
        self._workdir = workdir
        self._simulate = simulate
        self._json = as_json
        self._progress = progress
        self._stays = sys.stdout.isatty() and not as_json
        self._origins: dict[str, Any] = {}
        self._records: list[dict[str, Any]] = []

    async def after(self, parts: Parts, report: RunReport) -> None:
        """Let the simulated reviewer decide, where asked for; then show, and on a terminal stay."""
        import asyncio

        from review_bridge.simulation import simulate

        if self._simulate:
            review = parts.review()
            # Half of them: the other half is for who looks at the desk.
            await simulate(review, seed=SEED, limit=await review.size() // 2)
        self._records = await _examples(parts)
        self._origins = await _origins(parts)
        if not self._stays:
            return
        self._progress.end()
        self._print(report)
        await self._print_desk(parts)
        await asyncio.Event().wait()

    def last(self, report: RunReport) -> None:
        """Show what was not shown yet."""
        from spinestream.cli.main import emit

        if self._json:
            emit({**report.as_json(), **self._origins})
        elif not (self._stays and self._origins):
            self._print(report)

    def _print(self, report: RunReport) -> None:
        from spinestream.cli.sample_view import print_sample
        from spinestream.cli.summary import print_summary

        print_summary(report)
        for record in self._records:
            print_sample(record)
        if self._origins:
            click.echo(
                "samples of {kinds} kinds from {documents} documents and {studies} studies".format(**self._told())
            )
        item = self._records[0]["id"] if self._records else "ID"
        click.echo(_NEXT.format(workdir=self._workdir, item=item))

    def _told(self) -> dict[str, int]:
        return {name: len(found) if isinstance(found, list) else found for name, found in self._origins.items()}

    async def _print_desk(self, parts: Parts) -> None:
        import contextlib

        from review_bridge.errors import ReviewerUnknown
        from review_bridge.reviewers import new_password
        from spinestream.web_file import web_told

        note, password = web_told(parts.workdir), new_password()
        if note is None:
            return
        with contextlib.suppress(ReviewerUnknown):
            await parts.reviewers.remove(REVIEWER)
        await parts.reviewers.add(REVIEWER, password)
        click.echo(f"The desk: {note.address}   name {REVIEWER}   password {password}   (Ctrl-C ends the demo)")


async def _examples(parts: Any) -> list[dict[str, Any]]:
    """Return a sample of each kind to show: a queued or decided one, or a held one where there is none."""
    from generation.items import Kind
    from generation.samples import State
    from review_bridge.record import record_of

    found: dict[str, dict[str, Any]] = {}
    for state in (State.QUEUED, State.ACCEPTED, State.EDITED, State.HELD):
        for sample in await parts.store.list([state], limit=1000):
            if sample.plan is not None:
                found.setdefault(sample.plan.kind, record_of(sample))
    return [found[kind] for kind in Kind if kind in found]


async def _origins(parts: Any) -> dict[str, Any]:
    """Return which kinds there are samples of, and how many documents and studies gave one."""
    from generation.cases import CASE_MEDIA_TYPE

    settled = [one for one in await parts.store.list(None, limit=100_000) if one.plan is not None and one.revision]
    sources = {one.plan.source.version: one.plan.source.media_type for one in settled}
    studies = sum(media_type == CASE_MEDIA_TYPE for media_type in sources.values())
    kinds = sorted({one.plan.kind.value for one in settled})
    return {"kinds": kinds, "documents": len(sources) - studies, "studies": studies}


_NEXT = """
What next (everything is kept in {workdir}):
  spinestream samples list --workdir {workdir} --state queued      the review queue
  spinestream samples show {item} --workdir {workdir}
  spinestream lineage {item} --workdir {workdir}
  spinestream samples export --workdir {workdir} --out samples.jsonl
  spinestream reviewers add YOU --workdir {workdir}
  spinestream up --workdir {workdir}                               the desk, and work on what comes in
  spinestream run YOUR-FOLDER --workdir work/mine                  your documents (.md, .txt, .pdf) and studies (DICOM)
"""
