"""The grounding row: faults of exported records, by the proofs' own reader and their own way to cut sentences.

A fault is `<kind>: <what>`. Kinds: `answer`, `citation`, `evidence`, `level`, `side`, `target`, `distractor` (its parts
stand in one clause), `distractor-loose` (in one sentence, in several clauses), `unread` (an option whose assertion the
reader cannot tell from the right one's, so that it cannot vouch for it) and `verbatim`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.prove import reader

LIVE = ("queued", "accepted", "edited")
IMPLIED = {
    "disc_herniation": {"disc_protrusion", "disc_extrusion", "disc_sequestration"},
    "spinal_fusion": {"acdf", "plif", "tlif", "alif", "llif", "posterolateral_fusion"},
    "discectomy": {"microdiscectomy", "endoscopic_discectomy", "acdf"},
    "decompression": {"laminectomy", "hemilaminectomy", "laminotomy", "foraminotomy", "laminoplasty"},
    "epidural_injection": {"transforaminal_injection"},
}
"""A herniation is true wherever one of its shapes is, a fusion wherever one of its kinds is."""
ABBREVIATIONS = {
    "e.g",
    "i.e",
    "fig",
    "figs",
    "dr",
    "no",
    "vs",
    "cf",
    "al",
    "approx",
    "ca",
    "ref",
    "mr",
    "mrs",
    "st",
    "resp",
}
ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}


class Claim(NamedTuple):
    """What an option asserts, as read from its text and completed from the target."""

    finding: str
    level: str
    side: str | None
    grade: str | None


def sentences(text: str) -> Iterator[str]:
    """Cut a document into sentences: at stops before a capital, at blank lines, at headings, list items and cells."""
    for block in _blocks(text):
        start = 0
        for i, sign in enumerate(block):
            if sign in ".?!" and _stops(block, i):
                yield block[start : i + 1].strip()
                start = i + 1
        if rest := block[start:].strip():
            yield rest


def _blocks(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        number, dot, _ = bare.partition(". ")
        opens = bare[:1] in {"#", "-", "*", "|"} or (bool(dot) and number.isdecimal())
        if not bare or opens or (lines and lines[-1].lstrip().startswith(("#", "|"))):
            yield " ".join(lines)
            lines = []
        lines.append(bare)
    yield " ".join(lines)


def _stops(block: str, i: int) -> bool:
    """Whether the sign at `i` ends a sentence."""
    ahead = block[i + 1 :].lstrip(")]\"'”’")
    if not ahead:
        return True
    if not ahead[0].isspace():
        return False
    following = ahead.lstrip(" \"'(“‘[")[:1]
    word = block[:i].rsplit(None, 1)[-1].strip("(").lower() if block[:i].strip() else ""
    return not following.islower() and word not in ABBREVIATIONS


def clauses(sentence: str) -> Iterator[str]:
    """Cut a sentence at commas, semicolons and contrasting words."""
    for joint in (";", ", ", " but ", " while ", " whereas ", " although ", " and "):
        sentence = sentence.replace(joint, "\n")
    yield from sentence.split("\n")


def _same_grade(one: str, other: str) -> bool:
    """Compare grades whatever numerals they use and however their scale is called in full."""
    (scale_a, _, a), (scale_b, _, b) = one.partition(":"), other.partition(":")
    values = ROMAN.get(a.upper(), a.lower()) == ROMAN.get(b.upper(), b.lower())
    return values and ("grade" in {scale_a, scale_b} or scale_a.startswith(scale_b) or scale_b.startswith(scale_a))


def _sided(text: str) -> set[str]:
    found = reader.sides(text)
    return found | {"bilateral"} if {"left", "right"} <= found else found


def states(text: str, claim: Claim, *, implied: bool = False) -> bool:
    """Whether finding, level and, where the claim has them, side and grade stand together in `text`."""
    names = {claim.finding} | (IMPLIED.get(claim.finding, set()) if implied else set())
    return (
        claim.level in reader.levels(text)
        and (claim.side is None or claim.side in _sided(text))
        and (claim.grade is None or any(_same_grade(claim.grade, grade) for grade in reader.grades(text)))
        and bool(names & reader.findings(text))
    )


def strings(raw: str) -> list[str]:
    """Return every JSON string in a completion, unescaped, readable as a whole or not."""
    found, decoder, i = [], json.JSONDecoder(strict=False), 0
    while (i := raw.find('"', i)) >= 0:
        try:
            value, i = decoder.raw_decode(raw, i)
        except ValueError:
            found.append(raw[i + 1 :])
            i += 1
        else:
            found.append(value)
    return found


def examine(record: Mapping[str, Any], document_text: str, completions: list[str]) -> list[str]:
    """Return the faults of one exported record against the grounding row; none means that the row holds for it."""
    evidence = {one["id"]: one for one in record["evidence"]}
    cited = [evidence[name]["text"] for name in record["citations"] if name in evidence]
    faults = [f"citation: {name} is no evidence" for name in record["citations"] if name not in evidence]
    faults += [] if record["citations"] else ["citation: there is none"]
    for one in evidence.values():
        if document_text[one["start"] : one["end"]] != one["text"]:
            faults.append(f"evidence: {one['id']} is not the document's characters {one['start']} to {one['end']}")
    chosen = [option for option in record["options"] if option["id"] == record["answer"]]
    if len(chosen) != 1 or chosen[0]["role"] != "answer":
        return [*faults, "answer: no single option is the right one"]
    faults += _outside(record, chosen[0]["text"], cited)
    target = _target(record)
    if not any(states(sentence, target) for sentence in cited):
        faults.append(f"target: no cited sentence states {_told(target)}")
    faults += _true_distractors(record, target, list(sentences(document_text)))
    return [*faults, *_unwritten(record, completions)]


def _target(record: Mapping[str, Any]) -> Claim:
    target = record["target"]
    return Claim(target["finding"], target["level"], target.get("side"), target.get("grade"))


def _told(claim: Claim) -> str:
    return " ".join(part for part in (claim.grade, claim.side, claim.finding, "at", claim.level) if part)


def _outside(record: Mapping[str, Any], right: str, cited: list[str]) -> Iterator[str]:
    """Yield the levels and sides that the cited sentences do not name."""
    levels = {level for sentence in cited for level in reader.levels(sentence)}
    sides = {side for sentence in cited for side in _sided(sentence)}
    for field, text in (("question", record["question"]), ("right option", right), ("rationale", record["rationale"])):
        for level in sorted(reader.levels(text or "") - levels):
            yield f"level: {level} of the {field} is in no cited sentence"
        read = reader.sides(text or "")
        both = {"left", "right"} if {"left", "right"} <= read and "bilateral" in sides else set()
        for side in sorted(read - sides - both):
            yield f"side: {side} of the {field} is in no cited sentence"


def read_option(record: Mapping[str, Any], text: str, target: Claim) -> list[Claim] | None:
    """Return what an option asserts in answer to its question; None when nothing of it can be read.

    What its text leaves out is the target's. Side and grade are taken over only where the question asks with them.
    """
    findings, levels = reader.findings(text), reader.levels(text)
    sides, grades = reader.sides(text), reader.grades(text)
    if not (findings or levels or sides or grades):
        return None
    asked = record["question"] or ""
    side = next(iter(sides), target.side if target.side in _sided(asked) else None)
    graded = target.grade and any(_same_grade(target.grade, grade) for grade in reader.grades(asked))
    grade = next(iter(grades), target.grade if graded else None)
    return [Claim(f, at, side, grade) for f in findings or {target.finding} for at in levels or {target.level}]


def _true_distractors(record: Mapping[str, Any], target: Claim, document: list[str]) -> Iterator[str]:
    for option in record["options"]:
        if option["id"] == record["answer"]:
            continue
        claims = read_option(record, option["text"], target)
        if claims is None or target in claims:
            yield f"unread: option {option['id']} ({option['text']})"
            continue
        for sentence in document:
            if all(states(sentence, claim, implied=True) for claim in claims):
                close = any(all(states(part, claim, implied=True) for claim in claims) for part in clauses(sentence))
                kind = "distractor" if close else "distractor-loose"
                yield f"{kind}: {option['id']} ({option['text']}) stands in: {' '.join(sentence.split())}"
                break


def _unwritten(record: Mapping[str, Any], completions: list[str]) -> Iterator[str]:
    """Yield what no completion holds word for word; what a clinician has edited need not be there."""
    written = [text for raw in completions if raw for text in strings(raw)]
    for field in ("question", "rationale") if record["state"] != "edited" else ():
        text = record[field]
        if not (text or "").strip():
            yield f"verbatim: the {field} is empty"
        elif not any(text in one for one in written):
            yield f"verbatim: the {field} is in no completion"


def completions_of(record: Mapping[str, Any]) -> list[str]:
    """Return the raw completions of a record, the draft's first."""
    return [part["raw"] for name in ("draft", "revision") if (part := record.get(name)) and part.get("raw")]


def report(records: Iterable[Mapping[str, Any]], texts: Mapping[str, str]) -> dict[str, Any]:
    """Examine the records that reached the queue and count; `texts` gives each source id's document text.

    `queued_share` is of all records given (export with `--state all`), `distinct_share` is of the questions examined,
    levels and sides masked. `held_clean` are held records in which this reader finds no fault.
    """
    everything = list(records)
    live = [record for record in everything if record["state"] in LIVE]
    faults = [(r["id"], f) for r in live for f in examine(r, texts[r["source"]["id"]], completions_of(r))]
    held = [r for r in everything if r["state"] == "held" and r.get("question") and r.get("rationale")]
    asked = [reader.masked(record["question"] or "") for record in live]
    return {
        "records": len(everything),
        "examined": len(live),
        "faulty": len({name for name, _ in faults}),
        "faults": dict(Counter(fault.partition(":")[0] for _, fault in faults)),
        "queued_share": len(live) / len(everything) if everything else 0.0,
        "distinct_share": len(set(asked)) / len(asked) if asked else 0.0,
        "held_clean": sum(not examine(r, texts[r["source"]["id"]], completions_of(r)) for r in held),
        "roots_outside": sum(bool(_roots(r, True) - _roots(r, False)) for r in live),
        "examples": [f"{name}: {fault}" for name, fault in faults[:20]],
    }


def _roots(record: Mapping[str, Any], written: bool) -> set[str]:
    texts = (
        (record["question"] or "", record["rationale"] or "") if written else [e["text"] for e in record["evidence"]]
    )
    return {root for text in texts for root in reader.roots(text)}
