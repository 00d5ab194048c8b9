"""The row of all kinds: the small model writes every kind in both languages, and every answer parses."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

from spinestream.perf.pipeline import overlap_of
from spinestream.settings import load
from spinestream.turns import serving
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from tests.prove.row import Row, row
from tests.prove.stand import spinestream

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "documents"
ALL = "mcq,open_qa,consultation,report"
PLAN = {"max_items": 8, "max_consultations": 3, "max_reports": 3}


@row("kinds")
def prove_kinds(folder: Path) -> Row:
    """Every kind in both languages through the whole pipeline."""
    found = Row(
        "All kinds",
        f"`spinestream run examples/documents --kinds {ALL} --languages en,zh` with the bundled model; per document "
        f"and language at most {PLAN['max_items']} items of a kind, {PLAN['max_consultations']} consultations and "
        f"{PLAN['max_reports']} reports.",
    )
    workdir, record = folder / "work", folder / "record.jsonl"
    done = spinestream(
        *("run", str(EXAMPLES), "--workdir", str(workdir), "--kinds", ALL, "--languages", "en,zh", "--json"),
        f"--engine-setting=record={record}",
        env={"SPINESTREAM_PLAN": json.dumps(PLAN)},
        timeout=3000,
    )
    assert done.returncode in (0, 3), done.stderr[-2000:]
    summary = json.loads(done.stdout)
    _overlap(record, found)
    parsed = asyncio.run(_parsed(Workdir(workdir)))
    drafts, revisions, unread = parsed["drafts"], parsed["revisions"], parsed["unread"]
    found.check(f"{drafts} drafts and {revisions} revisions, {unread} not readable (0)", not unread and drafts > 0)
    for kind in ALL.split(","):
        for language in ("en", "zh"):
            one = summary["by_kind"].get(kind, {}).get(language, {})
            planned, queued, held = one.get("planned", 0), one.get("queued", 0), one.get("held", 0)
            share = queued / planned if planned else 0.0
            found.check(
                f"{kind} {language}: {planned} planned, {queued} queued ({share:.0%}), {held} held", queued + held > 0
            )
    found.check(f"open {summary['open']}, dead {summary['dead']}", not summary["open"] and not summary["dead"])
    reasons = ", ".join(f"{name} {count}" for name, count in summary["held"].items())
    found.say(f"held for: {reasons}")
    tokens, seconds = summary["output_tokens"], summary["seconds"]
    found.say(f"{summary['planned']} items, {summary['model_calls']} calls, {tokens:,} tokens, {seconds:.0f} s")
    return found


def _overlap(record: Path, found: Row) -> None:
    """Tell how far drafting and revising went on at once: nothing waits for the last draft."""
    seen = overlap_of(record)
    early, late = seen.drafts_before_first_revision, seen.after_last_draft
    found.check(f"drafts done when the first revision is asked for: {early:.1%} of all, at most 10 %", early <= 0.10)
    found.check(f"from the last draft to the last revision: {late:.1%} of the run, at most 10 %", late <= 0.10)


async def _parsed(workdir: Workdir) -> Counter[str]:
    with serving(workdir) as servers:
        async with connected(workdir, load(workdir), servers.addresses) as parts:
            return await _look(parts)


async def _look(parts: Parts) -> Counter[str]:
    """Count drafts, revisions, and those whose chosen completion is not readable."""
    counted: Counter[str] = Counter()
    async for document in parts.database["samples"].find({}, {"drafts": 1, "revisions": 1}):
        for name in ("drafts", "revisions"):
            made: dict[str, Any] = document.get(name) or {}
            counted[name] += len(made)
            counted["unread"] += sum(one["parsed"] is None for one in made.values())
    return counted
