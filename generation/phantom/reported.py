"""The report of a phantom study without its pictures: cheap, and the same that the whole study has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from generation.phantom.draw import draw_truth
from generation.phantom.identity import Identity, draw_identity
from generation.phantom.report import Template, Templates, findings_part, write_report
from generation.phantom.truth import StudyKind, Truth
from generation.sources import Language


class PhantomReport(NamedTuple):
    """What is told of a study of nobody."""

    seed: int
    truth: Truth
    who: Identity
    template: Template
    text: str
    """The whole report, identifiers included."""
    planted: tuple[str, ...]
    """Every identifier of the text, in the form in which it has it."""

    @property
    def findings(self) -> str:
        """The part that tells what is seen; it names nobody."""
        return findings_part(self.truth, self.template)


def make_report(
    seed: int,
    kind: StudyKind | None = None,
    language: Language | None = None,
    templates: Templates = Templates.ALL,
) -> PhantomReport:
    """Make the report of a seed's study; what is not asked for is drawn from it. The same call gives the same text.

    `templates` says which of the report templates may be drawn; truth and identity do not depend on it.
    """
    return draw_report(np.random.default_rng([seed, 0]), seed, kind, language, templates)


def draw_report(
    rng: np.random.Generator, seed: int, kind: StudyKind | None, language: Language | None, templates: Templates
) -> PhantomReport:
    """Make a seed's report, drawing kind, language and template from `rng`, which whoever draws more goes on with."""
    kinds, languages = tuple(StudyKind), tuple(Language)
    drawn, spoken = kinds[int(rng.integers(len(kinds)))], languages[int(rng.integers(len(languages)))]
    kind, language = kind or drawn, language or spoken
    truth = draw_truth(np.random.default_rng([seed, 1]), kind, language)
    who = draw_identity(np.random.default_rng([seed, 2]), language)
    fitting = [template for template in templates.chosen if template.language is language]
    template = fitting[int(rng.integers(len(fitting)))]
    report = write_report(truth, who, template)
    return PhantomReport(seed, truth, who, template, report.text, report.planted)


def turns(count: int, seed: int, languages: tuple[Language, ...]) -> Iterator[tuple[int, StudyKind, Language]]:
    """Give seed, kind and language of so many studies; kinds and languages take turns.

    The first studies of a seed are the same however many are asked for.
    """
    kinds = tuple(StudyKind)
    for index in range(count):
        own = int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
        yield own, kinds[index % len(kinds)], languages[index % len(languages)]


def make_reports(
    count: int, seed: int, languages: tuple[Language, ...], templates: Templates = Templates.ALL
) -> Iterator[PhantomReport]:
    """Make the reports of the studies that `make_studies` would make of the same arguments."""
    for own, kind, language in turns(count, seed, languages):
        yield make_report(own, kind, language, templates)
