"""What is written down about phantom studies beside them: a line of truth each."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from generation.model import Value
from generation.phantom.report import Templates
from generation.phantom.reported import turns
from generation.phantom.study import PhantomStudy, make_study
from generation.phantom.truth import StudyKind, TrueFinding
from generation.sources import Language


class TruthLine(Value):
    """A line of `truth.jsonl`."""

    study: str
    """The folder's name."""
    findings: tuple[TrueFinding, ...]
    levels: tuple[str, ...]
    """Of the findings, from head to tail."""
    phi: tuple[str, ...]
    """Every planted identifier, in each form in which a header or the report has it."""
    phantom: bool = True
    """Always: nobody was examined."""
    kind: StudyKind
    language: Language
    """The report's."""
    template: str
    """The report's."""
    vertebrae: tuple[str, ...]
    """All that the study shows, from head to tail."""
    seed: int
    study_uid: str
    objects: int
    """How many."""

    def content(self) -> bytes:
        """Return it as one line of JSON, with its end."""
        return orjson.dumps(self.model_dump(mode="json")) + b"\n"


def truth_line(name: str, study: PhantomStudy) -> TruthLine:
    """Return the line of a study that lies in the folder of that name."""
    truth = study.truth
    return TruthLine(
        study=name,
        findings=truth.findings,
        levels=truth.levels,
        phi=study.phi,
        kind=truth.kind,
        language=truth.language,
        template=study.template,
        vertebrae=truth.vertebrae,
        seed=study.seed,
        study_uid=study.study_uid,
        objects=len(study.objects),
    )


def make_studies(
    count: int, seed: int, languages: tuple[Language, ...], templates: Templates = Templates.ALL
) -> Iterator[tuple[str, PhantomStudy]]:
    """Make so many studies, each with its folder's name; kinds and languages take turns.

    The first studies of a seed are the same however many are asked for.
    """
    for number, (own, kind, language) in enumerate(turns(count, seed, languages), start=1):
        yield f"study-{number:04}", make_study(own, kind, language, templates)
