"""What the report of a phantom tells, and the same told of another level."""

from __future__ import annotations

from functools import cached_property

from generation.findings import could_be_true, states, vocabulary
from generation.items import Target
from generation.levels import discs_between, is_disc
from generation.phantom import PhantomReport, TrueFinding, Truth
from generation.phantom.report import Template, findings_part, normal_sentences, sentence
from generation.sources import Language


class Story:
    """The findings of a report, its sentences, and what they could make true."""

    def __init__(self, truth: Truth, template: Template, seed: int) -> None:
        self.truth = truth
        self.template = template
        self.seed = seed

    @classmethod
    def of(cls, report: PhantomReport) -> Story:
        """Return the story of a report."""
        return cls(report.truth, report.template, report.seed)

    @property
    def language(self) -> Language:
        """The report's."""
        return self.template.language

    @property
    def case(self) -> str:
        """Name of the phantom."""
        return f"phantom-{self.seed}"

    @cached_property
    def passage(self) -> str:
        """The findings part of the report: it names nobody, and does not repeat the findings by their names."""
        return findings_part(self.truth, self.template)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Every sentence of the passage."""
        said = (sentence(one, self.template) for one in self.truth.findings)
        return (*said, *normal_sentences(self.truth, self.template))

    @property
    def targets(self) -> tuple[Target, ...]:
        """What may be asked about: the findings that the vocabulary has and that a sentence states."""
        named = (one.target for one in self.truth.findings)
        return tuple(one for one in named if one is not None and self.states(one))

    @property
    def levels(self) -> tuple[str, ...]:
        """Every level that the pictures show, discs and vertebrae, from head to tail each."""
        seen = self.truth.vertebrae
        return (*discs_between(seen[0], seen[-1], [one for one in seen if one == "L6"]), *seen)

    def states(self, target: Target) -> bool:
        """Whether a sentence states the target for certain."""
        return any(states(target, one) for one in self.sentences)

    def rules_out(self, target: Target) -> bool:
        """Whether no sentence could make the target true."""
        return not could_be_true(target, self.sentences)

    def other_levels(self, target: Target) -> list[str]:
        """Return the levels of the target's kind where it is not, those with findings of their own first, then by
        distance."""
        fits = vocabulary().finding(target.finding).fits
        kind = [level for level in self.levels if is_disc(level) is is_disc(target.level)]
        spoken = {one.level for one in self.truth.findings}
        at = kind.index(target.level)
        others = [one for one in kind if fits(one) and self.rules_out(target.model_copy(update={"level": one}))]
        return sorted(others, key=lambda level: (level not in spoken, abs(kind.index(level) - at), level))

    def swapped(self, one: str, other: str) -> Story | None:
        """Return the story with two levels exchanged in every finding, their order kept; None where a finding is there
        whose level means more (the apex of a curve, a transitional vertebra)."""
        found = self.truth.findings
        if any(each.target is None and {one, other} & {each.level, *each.ends} for each in found):
            return None
        exchanged = {one: other, other: one}
        moved = tuple(_at(each, exchanged.get(each.level, each.level)) for each in found)
        return Story(self.truth.model_copy(update={"findings": moved}), self.template, self.seed)


def _at(finding: TrueFinding, level: str) -> TrueFinding:
    return finding.model_copy(update={"level": level})
