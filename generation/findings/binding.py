"""Whether a side or a grade belongs to a finding: only when nothing but small words stands between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.findings.attributes import GradeMention
from generation.findings.clauses import Clause, Reading, Span, within
from generation.findings.surface import FindingMention
from generation.findings.vocabulary import Finding

_STOP = (
    r"of|with|and|or|in|on|by|due|from|causing|causes|to|at|is|was|are|were|has|for|after|before|pain|leg|arm|foot|hand"
    r"|radicul\w*|sciatica|weakness|nerve|root|deficit|compression|stenosis|pressure|effect|symptoms?|patient|man|woman"
)
_BEFORE = re.compile(
    rf"[\s,()-]*(?:(?!(?:{_STOP})(?![A-Za-z]))[A-Za-z]+[\s,()-]+){{0,4}}[性型的呈侧后外方]{{0,3}}\s*", re.IGNORECASE
)
"""Between an attribute and the finding behind it: `left [posterolateral] disc extrusion`."""
_AFTER = re.compile(
    r"[\s(\[:-]*(?:(?:at|of|on|to|in|the|level|is|was|are|were|a|an|graded|rated|as|lies|lying|located|present|seen|noted|found|visible|shown|呈|为|于|向|,)[\s(]*)*",
    re.IGNORECASE,
)
"""Between a finding and the attribute behind it: `extrusion at L4/5 on the [left]`, `slip (grade II)`."""
_ENDS = re.compile(
    r"\s*(?:$|[.;:)\]]|,|-?\s*sided?\b|at\b|of\b|on\b|para\w+|postero\w+|forami\w+|extra\w+|[侧型方度级性]|[\u3002])",
    re.IGNORECASE,
)
"""Behind an attribute that follows its finding: no noun of its own (`extrusion, left leg pain`)."""
_RANGE = re.compile(r"\s*(?:to|or|and|-|/|至|到)\s*")


def blanked(start: int, end: int, reading: Reading) -> str:
    """The normalised text[start:end] with the levels, sides and grades in it blanked."""
    kept = list(reading.normal.text[start:end])
    spans: tuple[Span, ...] = (*reading.levels, *reading.sides, *reading.grades)
    for span in spans:
        if start <= span.start and span.end <= end:
            kept[span.start - start : span.end - start] = " " * (span.end - span.start)
    return "".join(kept)


def attached(reading: Reading, clause: Clause, mention: FindingMention, attribute: Span) -> bool:
    """True when the attribute of the clause can only be said of the finding mentioned."""
    text = reading.normal.text
    if attribute.start < mention.end and mention.start < attribute.end:
        return True
    if attribute.end <= mention.start:
        return bool(_BEFORE.fullmatch(blanked(attribute.end, mention.start, reading)))
    behind = text[attribute.end : clause.end]
    return bool(_AFTER.fullmatch(blanked(mention.end, attribute.start, reading)) and _ENDS.match(behind))


def side_of(reading: Reading, clause: Clause, mention: FindingMention, finding: Finding) -> str | None:
    """The one side that is said of the finding, if it is one the finding can have."""
    sides = {side.side for side in clause.sides if attached(reading, clause, mention, side)}
    return sides.pop() if len(sides) == 1 and sides <= set(finding.sides) else None


def _grades(grade: GradeMention, finding: Finding) -> set[str]:
    return {name for name in grade.grades if name.partition(":")[0] in finding.grades}


def _with_ranges(text: str, chosen: Sequence[GradeMention], every: Sequence[GradeMention]) -> list[GradeMention]:
    """The chosen mentions and those joined to them: in `moderate to severe` both count."""
    joined = list(chosen)
    for grade in chosen:
        joined += [g for g in every if g.end <= grade.start and _RANGE.fullmatch(text, g.end, grade.start)]
        joined += [g for g in every if g.start >= grade.end and _RANGE.fullmatch(text, grade.end, g.start)]
    return joined


def grade_of(reading: Reading, clause: Clause, mention: FindingMention, finding: Finding) -> str | None:
    """The one grade that is said of the finding, on a scale it has; None where two are, or none is."""
    here = within(reading.grades, clause.start, clause.end)
    chosen = [grade for grade in here if not grade.hinted and attached(reading, clause, mention, grade)]
    names = {name for grade in _with_ranges(reading.normal.text, chosen, here) for name in _grades(grade, finding)}
    return names.pop() if len(names) == 1 else None
