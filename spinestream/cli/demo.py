"""`spinestream demo`: everything on the documents that come along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, workdir_option

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "documents"


@click.command("demo")
@workdir_option
@json_option
def command(workdir: Path, as_json: bool) -> int:
    """Stream three documents through every stage, show what came of it, one sample beside its evidence, and what to
    do next."""
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
        report = Runner(place, load(place, new_run=True), progress.show).run(RunRequest(paths=paths))
    print_advice(report, workdir)
    if as_json:
        emit(report.as_json())
        return report.exit_code
    print_summary(report)
    shown = with_parts(workdir, _one)
    if shown is not None:
        print_sample(shown)
    click.echo(_NEXT.format(workdir=workdir, item=shown["id"] if shown else "ID"))
    return report.exit_code


async def _one(parts: Any) -> dict[str, Any] | None:
    """Return a queued sample to show, or a held one where none is queued."""
    from generation.samples import State
    from review_bridge.record import record_of

    for state in (State.QUEUED, State.HELD):
        found = await parts.store.list([state], limit=1)
        if found:
            record: dict[str, Any] = record_of(found[0])
            return record
    return None


_NEXT = """
What next (everything is kept in {workdir}):
  spinestream samples list --workdir {workdir} --state queued      the review queue
  spinestream samples show {item} --workdir {workdir}
  spinestream samples accept {item} --workdir {workdir} --who YOU
  spinestream samples export --workdir {workdir} --out samples.jsonl
  spinestream lineage {item} --workdir {workdir}
  spinestream run YOUR-FOLDER --workdir {workdir}                  your own documents (.md, .txt, .pdf)
"""
