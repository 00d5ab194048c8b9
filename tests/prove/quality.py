"""What the samples are worth: grounding read from the text by an independent reader, planted drafts, written levels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generation.checks import run_checks
from generation.levels import find_levels
from tests.prove.grounding import report
from tests.prove.levels import examine_levels
from tests.prove.planted import Planted, planted_bad, planted_good
from tests.prove.row import Row, row
from tests.prove.stand import spinestream

CORPUS = Path(__file__).with_name("data") / "corpus"


@row("grounding")
def grounding(folder: Path) -> Row:
    """The prose corpus through the whole of a run with the bundled model, then read line by line."""
    work = str(folder / "work")
    done = spinestream("run", str(CORPUS), "--workdir", work, "--kinds", "mcq", "--json", timeout=1800)
    summary = json.loads(done.stdout)
    out = folder / "all.jsonl"
    spinestream("samples", "export", "--workdir", work, "--out", str(out), "--state", "all")
    records = [json.loads(line) for line in out.read_text().splitlines()]
    texts = {place.stem: _text(place) for place in CORPUS.iterdir() if place.suffix in (".md", ".txt")}
    by_source = {one["source"]["id"]: one["source"]["title"] for one in records}
    found = report(records, _by_source(records, texts))
    result = Row(
        "grounding with the small model", "10 prose documents, every queued sample read by an independent reader"
    )
    result.say(f"{summary['planned']} items of {len(by_source)} documents, {summary['seconds']:.0f} s")
    result.check(f"examined {found['examined']}, faults {found['faults']}", not found["faults"])
    for example in found.get("examples", [])[:10]:
        result.say(f"  {example}")
    result.check(f"queued {found['queued_share']:.1%} (aim 40 %)", found["queued_share"] >= 0.4)
    result.check(f"distinct questions {found['distinct_share']:.1%} (aim 80 %)", found["distinct_share"] >= 0.8)
    result.say(f"held by reason: {summary['held']}")
    return result


def _text(place: Path) -> str:
    """Return what `spinestream documents text` prints."""
    return spinestream("documents", "text", str(place)).stdout


def _by_source(records: list[dict[str, Any]], texts: dict[str, str]) -> dict[str, str]:
    """Return {source id: text}: the document all of whose evidence lies where the record says."""
    found = {}
    for record in records:
        for text in texts.values():
            if all(text[e["start"] : e["end"]] == e["text"] for e in record["evidence"]):
                found[record["source"]["id"]] = text
    return found


@row("checks")
def checks(folder: Path) -> Row:
    """Planted drafts, written without a look at the checks."""
    result = Row("checks: planted drafts", "100 bad and 100 good, written independently of the checks")
    bad = [(one, _reasons(one)) for one in planted_bad()]
    good = [(one, _reasons(one)) for one in planted_good()]
    held = [one for one, reasons in bad if reasons]
    queued = [one for one, reasons in good if not reasons]
    result.check(f"bad held {len(held)} of {len(bad)} (bar 95)", len(held) >= 95)
    result.check(f"good queued {len(queued)} of {len(good)} (bar 95)", len(queued) >= 95)
    for one, reasons in (*((o, r) for o, r in bad if not r), *((o, r) for o, r in good if r)):
        result.say(f"  {one.kind}: {one.writing.question} | {one.writing.rationale} | {reasons}")
    return result


def _reasons(one: Planted) -> tuple[str, ...]:
    return tuple(run_checks(one.item, one.writing, one.finish))


@row("levels")
def levels(folder: Path) -> Row:
    """Written forms of levels and traps, gathered without a look at the grammar."""

    def find(text: str) -> list[dict[str, Any]]:
        return [
            {"text": m.text, "start": m.start, "end": m.end, "kind": m.kind.value, "levels": list(m.levels)}
            for m in find_levels(text)
        ]

    found = examine_levels(find)
    result = Row("level grammar", "written forms and traps gathered independently of the grammar")
    right, forms, taken = found["right"], found["forms"], len(found["taken"])
    result.check(f"written forms right {right} of {forms} (bar 200)", right >= 200)
    result.check(f"traps taken {taken} of {found['traps']} (bar 0 of 60)", taken == 0 and found["traps"] >= 60)
    for name, value in found.items():
        if isinstance(value, list) and value:
            for one in value[:20]:
                result.say(f"  {name}: {one}")
    return result
