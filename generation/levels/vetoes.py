"""Rules that take a candidate's level reading away, each with its reason.

A rule looks at the characters right before and right after a candidate. `spreads` carries it along a list
(`T1 and T2 images`, `Tables S1 and S2`) to the candidates of the same region that the rule could concern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

WINDOW = 60
"""Characters of context a rule may see on either side."""


@dataclass(frozen=True, slots=True)
class Veto:
    """One reason why letters and digits that look like a level are none."""

    name: str
    why: str
    before: re.Pattern[str] | None = None
    """Searched in the text that ends where the candidate starts."""
    after: re.Pattern[str] | None = None
    """Matched where the candidate ends."""
    only: frozenset[str] | None = None
    """The rule concerns candidates made of these points alone; None: any."""
    spreads: bool = True
    chains: bool = False
    """The rule concerns candidates of several points alone."""

    def concerns(self, points: tuple[str, ...]) -> bool:
        """True when every point is one the rule is about."""
        return (self.only is None or self.only.issuperset(points)) and (len(points) > 1 or not self.chains)

    def fires(self, before: str, after: str, points: tuple[str, ...]) -> bool:
        """True when what stands before and after the points, up to `WINDOW` characters each, matches the rule."""
        if not self.concerns(points):
            return False
        return bool((self.before and self.before.search(before)) or (self.after and self.after.match(after)))


def _before(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z])(?:{words})\s*$", re.IGNORECASE)


def _after(words: str) -> re.Pattern[str]:
    return re.compile(rf"[\s-]*(?:{words})", re.IGNORECASE)


def _points(names: str) -> frozenset[str]:
    return frozenset(names.split())


_WEIGHTED = _points("T1 T2")
_THORACIC = frozenset(f"T{number}" for number in range(1, 14))
_INTENSITY = r"signal|(?:hyper|hypo|iso)-?\s?(?:intens|signal)|intens|sequenc|imag|weighted"
_NOT_BONE = r"(?!vertebra|bod(?:y|ies)|level|pedicle|lamina|segment|spinous)"
_SECOND_SOUND = r"(?:,?\s*(?:and|/|\+|&|,)?\s*S[2-4]\b[\s,]*)"
_SOUND = r"heart|murmur|gallop|split|loud|soft|sounds?\b|no murmur|heard|audible"

VETOES: tuple[Veto, ...] = (
    Veto(
        "letters around",
        "part of a longer word or code: T2N0M0, S2AI, pT2, L45",
        before=re.compile(r"[A-Za-z0-9]$"),
        after=re.compile(r"[A-Za-z0-9_]|\.\d"),
        spreads=False,
    ),
    Veto(
        "code before",
        "joined to an acronym or a number: STIR/T2, PD-L1, B12/D3, 3-L4",
        before=re.compile(r"(?<![A-Za-z0-9])[A-Z0-9]+[-/]$"),
        spreads=False,
    ),
    Veto(
        "joined after",
        "joined to something that is no level: L3-1, T2/STIR, C4/HLA",
        after=re.compile(r"-\d|/\s?[A-Za-z0-9]"),
        spreads=False,
    ),
    Veto(
        "magnetic resonance weighting",
        "T1 and T2 name the weighting of an image: T2 signal, T1WI, T2*, T1 post-contrast, T2 FSE",
        before=_before(
            r"sag(?:ittal)?|ax(?:ial)?|cor(?:onal)?|transverse|STIR|FSE|TSE|FLAIR|GRE|FS|fat[- ]\w+|weighted|MRI?|MR"
            r"|sequences?|enhanced|contrast|gadolinium|turbo|echo|heavily|bright|dark|high|low|increased|decreased|long"
            r"|short|on|[长短等]|矢状[位面]?|冠状[位面]?|[横]?轴[位面]?|平扫|增强|压脂|抑脂"
        ),
        after=_after(
            r"\*|['′]|w\b|wi\b|wtd|star\b|rho|ρ|map|relax|dixon|FSE|TSE|STIR|FLAIR|SE\b|GRE|FS\b|SPIR|SPAIR|VIBE|VISTA"
            r"|fat|spin[\s-]?echo|turbo|fast|gradient|MRI?\b|scan|contrast|post-?\s?(?:contrast|gad|Gd)|pre-?\s?contrast"
            r"|gad|Gd\b|enhanc|\+|shorten|prolong|values?\b|times?\b|ratio|axial|sagittal|coronal|sag\b|ax\b|views?\b|slices?\b"
            r"|bright|dark|high|low\b|acqui|series\b"
            rf"|{_NOT_BONE}(?:[a-z-]+[\s-]+{_NOT_BONE}){{0,2}}(?:{_INTENSITY})|{_INTENSITY}"
            r"|加权|信号|像|相(?!邻)|序列|压脂|抑脂|增强|图|弛豫|呈|为|上(?![缘位终半])|均|[高低等]信号|矢状|冠状|轴位|横轴|平扫|[长短]"
        ),
        only=_WEIGHTED,
    ),
    Veto(
        "relaxation ratio",
        "T1 to T2 ratio compares images",
        before=_before(r"ratio of"),
        only=_WEIGHTED,
    ),
    Veto(
        "tumour stage",
        "TNM stages: stage T1, T3 N1 M0, cT2",
        before=_before(r"stages?|staged(?: as)?|staging|TNM|Tis|clinical|pathologic(?:al)?|分期|[临病]?[床理]?分期为?"),
        after=re.compile(r"\s*,?\s*(?:N[0-3Xx](?![A-Za-z0-9])|N\dM|M[01Xx]\b|stage\b|tumou?r stage|期)"),
        only=_points("T1 T2 T3 T4"),
    ),
    Veto(
        "heart sounds",
        "S1 and S2 heard over the heart",
        before=_before(
            r"hearts?(?: sounds?)?:?(?: (?:are|with|were|is|normal|regular|show|has|had))*"
            r"|sounds?|audible|cardiac:?|cor:|心音"
        ),
        after=_after(
            rf"{_SECOND_SOUND}(?:(?:is|are|was|were|both)\s+)?(?:normal|present|regular|{_SOUND})|(?:(?:is|was)\s+)?(?:{_SOUND})"
        ),
        only=_points("S1 S2 S3 S4"),
    ),
    Veto(
        "heart sounds as a pair",
        "S1/S2 normal",
        after=_after(r",?\s*(?:normal|present|regular)"),
        only=_points("S1 S2 S3 S4"),
        chains=True,
    ),
    Veto(
        "thyroid hormone",
        "T3 and T4 in blood: free T4, T3 thyroid hormone",
        before=_before(r"free|serum|total|thyroid|thyroxine|TSH,?(?: and)?|FT3,?|hormones?|reverse|游离|甲状腺素?"),
        after=_after(
            r"thyro|triiodo|hormone|toxicosis|uptake|(?:and |, ?)TSH"
            r"|(?:levels? )?(?:in|of) (?:serum|blood|plasma)|甲状腺"
        ),
        only=_points("T3 T4"),
    ),
    Veto(
        "lymphocytes and phages",
        "T4 cells, T4 count, T4 lymphocytes, T7 polymerase",
        after=_after(r"cells?\b|lympho|helper|count|phage|polymerase|promoter|ligase|细胞"),
        only=_points("T1 T2 T3 T4 T7"),
    ),
    Veto(
        "complement",
        "proteins of the complement system: C3 complement, C1 esterase inhibitor",
        before=_before(r"complements?(?: (?:factors?|components?|proteins?|levels?))?|serum|anti-?|补体"),
        after=_after(
            r"complement|esterase|inhibitor|convertase|glomerulo|deficien|nephritic|deposit|activation|inactivator|补体"
        ),
        only=_points("C1 C2 C3 C4 C5 C6 C7"),
    ),
    Veto(
        "norms and losses",
        "mathematics and computing: L2 norm, L1 regularisation, L1/L2 loss, L2 cache",
        after=_after(r"norms?\b|loss\b|regulari|penalt|cache|language|learner|normali[sz]|范数|正则"),
        only=_points("L1 L2 L3"),
    ),
    Veto(
        "vitamins and receptors",
        "vitamin D3, D2 receptor, cyclin D1, D5 dextrose, D2 lymph node dissection",
        before=_before(r"vitamins?|vit\.?|cyclin|dopamine|25-?OH|hydroxyvitamin|prostaglandin|维生素|维"),
        after=_after(r"receptors?|agonist|antagonist|dopamine|dextrose|lymph|nod(?:e|al)\b|gastrectomy"),
        only=_THORACIC,
    ),
    Veto(
        "vitamin C",
        "an amount of vitamin C",
        before=_before(r"vitamins?|vit\.?|维生素"),
    ),
    Veto(
        "numbered parts of a document",
        "Figure L4, Table S1, Appendix C2, Eq. S3",
        before=_before(
            r"(?:fig(?:ure)?s?|tables?|tab|appendix|appendices|sections?|eq(?:uation)?s?|videos?|movies?|panels?|box(?:es)?"
            r"|chapters?|files?|datasets?|supp(?:lement(?:ary|al)?)?(?: (?:material|data|text|note))?s?|items?"
            r"|ref(?:erence)?s?|algorithm|scheme|grid|cells?|rows?|columns?|plates?|slides?|rooms?|wards?|protocols?)\.?"
            r"|图|表|附录|章"
        ),
    ),
    Veto(
        "classes and grades",
        "letters of a classification: AO type C1, grade C 3, group T 2",
        before=_before(
            r"types?|class(?:es)?|groups?|grades?|categor(?:y|ies)|AO(?:Spine)?|ASIA|AIS|Frankel|Child(?:-Pugh)?|hepatitis"
            r"|schedule|model|version|phase|batch|codes?|[型类版]"
        ),
    ),
    Veto(
        "drugs and chemicals",
        "S-1 chemotherapy, C4 explosive, T2 toxin",
        after=_after(
            r"chemo|adjuvant|monotherap|capsule|toxin|explosive|fib(?:er|re)s?\b|carbon|plants?\b|symmetr|diabetes|guideline"
        ),
    ),
    Veto(
        "products",
        "names of implants and systems: S4 spinal system",
        after=_after(r"(?:(?:spinal|fixation|pedicle screw|implant|cervical|navigation)\s+)*(?:systems?\b|™|®)"),
    ),
    Veto(
        "quantities",
        "a size or an amount: D5 mm, L4 %",
        after=re.compile(r"\s*(?:mm\b|cm\b|mg\b|ml\b|%|°)"),
        spreads=False,
    ),
)


class _Any(NamedTuple):
    """Several rules as one."""

    before: re.Pattern[str]
    after: re.Pattern[str]


@lru_cache(maxsize=256)
def _any_of(points: tuple[str, ...]) -> _Any:
    """The rules that concern the points; a set of rules is compiled once."""
    return _compiled(tuple(number for number, rule in enumerate(VETOES) if rule.concerns(points)))


@lru_cache(maxsize=64)
def _compiled(numbers: tuple[int, ...]) -> _Any:
    rules = [VETOES[number] for number in numbers]
    return _Any(_either(rule.before for rule in rules), _either(rule.after for rule in rules))


def _either(patterns: Iterable[re.Pattern[str] | None]) -> re.Pattern[str]:
    """All patterns as one, each heeding case as it does by itself."""
    listed = [f"(?{'i' if pattern.flags & re.IGNORECASE else ''}:{pattern.pattern})" for pattern in patterns if pattern]
    return re.compile("|".join(listed) or r"(?!)")


def may_fire(before: str, after: str, points: tuple[str, ...]) -> bool:
    """True when any rule would take the points, by one look for all rules."""
    every = _any_of(points)
    return bool(every.before.search(before) or every.after.match(after))


def veto(name: str) -> Veto:
    """The rule of that name; raises KeyError, with the names there are, when there is none."""
    for rule in VETOES:
        if rule.name == name:
            return rule
    raise KeyError(f"no veto is named {name!r}; the names are {[rule.name for rule in VETOES]}")
