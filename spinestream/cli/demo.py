"""`spinestream demo`: everything on the documents that come along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, workdir_option

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "documents"
LIMITS = {"max_items": 10, "max_consultations": 2, "max_reports": 1}
"""Of each document: what a small model on two cores does in a few minutes."""


@click.command("demo")
@workdir_option
@json_option
def command(workdir: Path, as_json: bool) -> int:
    """Stream three documents through every stage, show what came of it, one sample of each kind beside its evidence,
    and what to do next."""
    from spinestream.cli.asked import KINDS, OWN, wanted_of
    from spinestream.cli.main import emit
    from spinestream.cli.options import with_parts
    from spinestream.cli.sample_view import print_sample
    from spinestream.cli.summary import logs_told, print_advice, print_summary
    from spinestream.errors import UsageError
    from spinestream.running import Runner, RunRequest
    from spinestream.running.progress import Progress
    from spinestream.settings import load
    from spinestream.workdir import Workdir

    if not EXAMPLES.is_dir():
        raise UsageError("the example documents are in the repository's examples/documents; run this from a checkout")
    place = Workdir(workdir.resolve())
    paths = sorted(p for p in EXAMPLES.iterdir() if p.suffix in (".md", ".txt", ".pdf"))
    with logs_told(workdir), Progress() as progress:
        settings = load(place, {"plan": LIMITS}, new_run=True)
        report = Runner(place, settings, progress.show).run(RunRequest(paths, wanted_of(KINDS, OWN)))
    print_advice(report, workdir)
    if as_json:
        emit(report.as_json())
        return report.exit_code
    print_summary(report)
    shown = with_parts(workdir, _examples)
    for record in shown:
        print_sample(record)
    click.echo(_NEXT.format(workdir=workdir, item=shown[0]["id"] if shown else "ID"))
    return report.exit_code


async def _examples(parts: Any) -> list[dict[str, Any]]:
    """Return a sample of each kind to show: a queued one, or a held one where none is queued."""
    from generation.items import Kind
    from generation.samples import State
    from review_bridge.record import record_of

    found: dict[str, dict[str, Any]] = {}
    for state in (State.QUEUED, State.HELD):
        for sample in await parts.store.list([state], limit=1000):
            if sample.plan is not None:
                found.setdefault(sample.plan.kind, record_of(sample))
    return [found[kind] for kind in Kind if kind in found]


_NEXT = """
What next (everything is kept in {workdir}):
  spinestream samples list --workdir {workdir} --state queued      the review queue
  spinestream samples show {item} --workdir {workdir}
  spinestream samples accept {item} --workdir {workdir} --who YOU
  spinestream samples export --workdir {workdir} --out samples.jsonl
  spinestream lineage {item} --workdir {workdir}
  spinestream run YOUR-FOLDER --workdir work/mine                  your own documents (.md, .txt, .pdf)
"""
