"""The vocabulary: findings, procedures and grade scales, read from the packaged YAML files and checked."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import Field, ValidationError

from generation.errors import VocabularyError
from generation.levels import Region, is_disc, region
from generation.model import Value
from generation.sources import Language

FINDINGS_FILE = "vocabulary.yaml"
PROCEDURES_FILE = "procedures.yaml"
SCALES_FILE = "scales.yaml"
SIDES = ("left", "right", "bilateral", "central")
"""Every side a finding can have; `central` is said of discs alone."""


class Structure(StrEnum):
    """What a finding is a change of."""

    DISC = "disc"
    """The intervertebral disc."""
    VERTEBRA = "vertebra"
    """Body or arch of a vertebra."""
    JOINT = "joint"
    """The facet joint."""
    CANAL = "canal"
    """The spinal canal with its recesses, foramina, ligaments and cord."""
    ALIGNMENT = "alignment"
    """How vertebrae stand to each other."""
    PROCEDURE = "procedure"
    """None: an operation, an injection or another thing done at a level."""


class LevelWord(StrEnum):
    """The kind of level a finding is spoken of at."""

    DISC = "disc"
    """`L4/L5`."""
    VERTEBRA = "vertebra"
    """`L4`."""


class Words(Value):
    """One phrase in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def of(self, language: Language) -> str:
        """The phrase in a language."""
        return self.zh if language is Language.ZH else self.en


class ScaleValue(Value):
    """One grade of a scale."""

    id: str
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    render: Words
    """What stands before the finding's name in an option."""
    hints: tuple[str, ...] = ()
    """Forms that count in liberal reading only."""


class Scale(Value):
    """A grade scale, its values from least to most."""

    id: str
    label: Words
    keywords: tuple[str, ...] = ()
    """Names that make a numeral this scale's (`Pfirrmann IV`)."""
    generic: tuple[str, ...] = ()
    """Words with which a numeral may be this scale's (`grade II`); none: graded in words alone."""
    values: tuple[ScaleValue, ...] = Field(min_length=2)

    def value(self, value_id: str) -> ScaleValue:
        """The value of that id; VocabularyError when the scale has none."""
        for value in self.values:
            if value.id == value_id:
                return value
        raise VocabularyError(
            f"{SCALES_FILE}: scale {self.id!r} has no value {value_id!r}; add it or correct the grade"
        )


class Finding(Value):
    """A finding, or a procedure, that a plan may ask about."""

    id: str
    name: Words
    """The noun phrase of an option."""
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    """Words that make the finding possible, never certain."""
    parents: tuple[str, ...] = ()
    structure: Structure
    levels: tuple[LevelWord, ...] = Field(min_length=1)
    regions: tuple[Region, ...] = ()
    """Regions of the spine it belongs to; none: all."""
    sided: bool = False
    grades: tuple[str, ...] = ()
    """Ids of the scales it is graded on."""
    alternatives: tuple[str, ...] = ()
    """Ids of plausible other findings at the same kind of level."""

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides it can have; none when it is not sided."""
        if not self.sided:
            return ()
        return SIDES if self.structure is Structure.DISC else SIDES[:3]

    @property
    def is_procedure(self) -> bool:
        """True when it is something done, not something found."""
        return self.structure is Structure.PROCEDURE

    def fits(self, level: str) -> bool:
        """True when the finding is spoken of at that (canonical) level."""
        return (LevelWord.DISC if is_disc(level) else LevelWord.VERTEBRA) in self.levels and (
            not self.regions or region(level) in self.regions
        )


class Vocabulary(Value):
    """All findings (procedures among them) and scales of one version."""

    version: str
    foreign: tuple[str, ...] = ()
    general: tuple[str, ...] = ()
    """Hints that a question may call any finding by."""
    findings: tuple[Finding, ...] = Field(min_length=1)
    scales: tuple[Scale, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Finding]:
        """Every finding by its id."""
        return {finding.id: finding for finding in self.findings}

    @cached_property
    def above(self) -> dict[str, frozenset[str]]:
        """The ancestors of every finding that are defined; what nothing defines is refused where the file is read."""
        return {finding.id: self._above(finding) for finding in self.findings}

    @cached_property
    def kin(self) -> dict[str, frozenset[str]]:
        """Every finding's ancestors, descendants and itself."""
        above = self.above
        return {name: above[name] | {other for other in above if name in above[other]} | {name} for name in above}

    def finding(self, finding_id: str) -> Finding:
        """The finding of that id; VocabularyError when there is none."""
        found = self.by_id.get(finding_id)
        if found is None:
            raise VocabularyError(
                f"{FINDINGS_FILE}: no finding {finding_id!r}; add it, or correct the id that asks for it"
            )
        return found

    def scale(self, scale_id: str) -> Scale:
        """The scale of that id; VocabularyError when there is none."""
        for scale in self.scales:
            if scale.id == scale_id:
                return scale
        raise VocabularyError(f"{SCALES_FILE}: no scale {scale_id!r}; add it, or correct the id that asks for it")

    def _above(self, finding: Finding) -> frozenset[str]:
        found: set[str] = set()
        waiting = list(finding.parents)
        while waiting:
            parent = waiting.pop()
            if parent not in found and parent in self.by_id:
                found.add(parent)
                waiting.extend(self.by_id[parent].parents)
        return frozenset(found)

    def ancestors(self, finding_id: str) -> frozenset[str]:
        """What the finding is a kind of: parents, their parents and so on."""
        return self.above[self.finding(finding_id).id]

    def related(self, finding_id: str) -> frozenset[str]:
        """The finding, its ancestors and its descendants: each could be meant where another of them is said."""
        return self.kin[self.finding(finding_id).id]

    def alternatives(self, finding_id: str, level: str) -> tuple[str, ...]:
        """Ids of the finding's alternatives that are spoken of at `level`, in the file's order."""
        return tuple(other for other in self.finding(finding_id).alternatives if self.finding(other).fits(level))

    def grade(self, grade: str) -> tuple[Scale, ScaleValue]:
        """Scale and value of `<scale>:<value>`; VocabularyError when either is missing."""
        scale_id, _, value_id = grade.partition(":")
        scale = self.scale(scale_id)
        return scale, scale.value(value_id)


def _load(text: str, file: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f" line {place.line + 1}" if place else ""
        raise VocabularyError(f"{file}:{line} is not YAML; correct it") from error
    if not isinstance(content, dict):
        raise VocabularyError(f"{file}: the top must be a mapping; begin with `version:`")
    return content


def _check_ids(file: str, kind: str, ids: list[str]) -> None:
    for name in ids:
        if ids.count(name) > 1:
            raise VocabularyError(f"{file}: {kind} {name!r} is there twice; remove or rename one")


def _check_references(vocabulary: Vocabulary, file: str) -> None:
    """Refuse ids that nothing defines, and alternatives that could not stand beside their finding."""
    known, scales = {f.id for f in vocabulary.findings}, {s.id for s in vocabulary.scales}
    for finding in vocabulary.findings:
        for field, ids, there in (
            ("parents", finding.parents, known),
            ("alternatives", finding.alternatives, known),
            ("grades", finding.grades, scales),
        ):
            for name in ids:
                if name not in there:
                    raise VocabularyError(f"{file}: {finding.id}: {field} names {name!r}; define it or remove it")
    for finding in vocabulary.findings:
        if finding.id in vocabulary.ancestors(finding.id):
            raise VocabularyError(f"{file}: {finding.id} is its own ancestor; correct its parents")
        for name in finding.alternatives:
            if name in vocabulary.related(finding.id):
                raise VocabularyError(
                    f"{file}: {finding.id}: alternative {name!r} is a kind of it or the reverse; remove it"
                )
            other = vocabulary.finding(name)
            if not set(other.levels) & set(finding.levels):
                raise VocabularyError(
                    f"{file}: {finding.id}: alternative {name!r} is at another kind of level; remove it"
                )
            if other.is_procedure is not finding.is_procedure:
                raise VocabularyError(
                    f"{file}: {finding.id}: alternative {name!r}: one is a procedure, the other a finding; remove it"
                )


def read_vocabulary(
    findings: str, scales: str, file: str = FINDINGS_FILE, procedures: str = "procedures: []"
) -> Vocabulary:
    """Read and check the YAML texts; `file` is named in messages. Raises VocabularyError saying what to do."""
    content = _load(findings, file)
    content["findings"] = [*content.get("findings", ()), *_load(procedures, PROCEDURES_FILE).get("procedures", ())]
    content["scales"] = _load(scales, SCALES_FILE).get("scales", [])
    try:
        read = Vocabulary.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise VocabularyError(f"{file}: {where}: {first['msg']}; correct this field") from error
    _check_ids(file, "finding", [finding.id for finding in read.findings])
    _check_ids(SCALES_FILE, "scale", [scale.id for scale in read.scales])
    _check_references(read, file)
    return read


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The shipped vocabulary, read once."""
    here = files("generation.findings")
    findings, scales, procedures = (
        (here / name).read_text("utf-8") for name in (FINDINGS_FILE, SCALES_FILE, PROCEDURES_FILE)
    )
    return read_vocabulary(findings, scales, procedures=procedures)
