"""Planted open questions, consultations and reports: `planted/<kind>.yaml`, in both languages, some across them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generation.findings import render
from generation.ids import source_version
from generation.items import Axis, Evidence, Kind, PlannedItem, Target
from generation.levels import find_levels
from generation.samples import Report, Said, Speaker, Writing
from generation.sources import Language, SourceRef, Split

FOLDER = Path(__file__).parent / "planted"
KINDS = (Kind.OPEN_QA, Kind.CONSULTATION, Kind.REPORT)


class Planted(NamedTuple):
    """An item with a writing of known worth."""

    item: PlannedItem
    writing: Writing
    finish: str
    expect: str
    """The reason that holds it; empty for a good one."""


@cache
def _cases(kind: Kind) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    return cases


def item_of(kind: Kind, case: dict[str, Any]) -> PlannedItem:
    """Return the planned item of a case; its evidence stands line by line."""
    lines, start = [], 0
    for key, text in case["evidence"].items():
        lines.append(Evidence(id=key, text=text, start=start, end=start + len(text)))
        start += len(text) + 1
    version = source_version("\n".join(case["evidence"].values()).encode())
    target, language = Target(**case["target"]), Language(case["language"])
    named = (level for line in lines for mention in find_levels(line.text) for level in mention.levels)
    return PlannedItem(
        id=f"planted-{kind}-{version[:8]}",
        source=SourceRef(id=version, version=version, title="case", split=Split.TRAIN, media_type="text/plain"),
        plan="plan",
        plan_version="planted",
        slot=0,
        kind=kind,
        language=language,
        axis=Axis.PATHOLOGY,
        evidence=tuple(lines),
        support=tuple(case["support"]),
        target=target,
        levels=tuple(dict.fromkeys(named)),
        options=(),
        answer=render(target, language),
    )


def planted_good(kind: Kind) -> Iterator[Planted]:
    """Give the writings of a kind that belong in the queue."""
    for case in _cases(kind):
        for given in case["good"]:
            yield Planted(item_of(kind, case), _written(kind, case, given), "stop", "")


def planted_bad(kind: Kind) -> Iterator[Planted]:
    """Give the writings of a kind that must be held, with the reason for each."""
    for case in _cases(kind):
        for change in case["bad"]:
            good = case["good"][change.get("from", 0)]
            writing = _written(kind, case, _changed(good, change))
            yield Planted(item_of(kind, case), writing, change.get("finish", "stop"), change["expect"])


def _changed(good: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return a good writing with one fault: other texts, other turns by number, fewer of them, or the doctor first."""
    changed = good | {key: value for key, value in change.items() if key in good and key != "turns"}
    if "turns" in good:
        turns = list(good["turns"])
        for number, text in change.get("turns", {}).items():
            turns[number] = text
        changed["turns"] = turns[: change.get("keep", len(turns))]
        changed["doctor_first"] = change.get("doctor_first", False)
    return changed | ({"report": None} if "report" in change else {})


def _written(kind: Kind, case: dict[str, Any], given: dict[str, Any]) -> Writing:
    plain = {key: given.get(key, "") for key in ("question", "rationale", "answer")}
    roles = (Speaker.DOCTOR, Speaker.PATIENT) if given.get("doctor_first") else (Speaker.PATIENT, Speaker.DOCTOR)
    turns = tuple(Said(role=roles[n % 2], text=text) for n, text in enumerate(given.get("turns", ())))
    report = None
    if kind is Kind.REPORT and "report" not in given:
        report = Report(**{part: given[part] for part in Report.model_fields})
    citations = tuple(given["citations"])
    return Writing(level=case["target"]["level"], citations=citations, turns=turns, report=report, **plain)
