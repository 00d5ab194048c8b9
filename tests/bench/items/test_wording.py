from __future__ import annotations

import pytest

from bench.items.wording import described
from generation.findings import vocabulary
from generation.items import Target
from generation.sources import Language


@pytest.mark.parametrize(
    ("target", "en", "zh"),
    [
        (
            Target(finding="disc_extrusion", level="L4/L5", side="left"),
            "the left-sided disc extrusion",
            "左侧椎间盘脱出",
        ),
        (Target(finding="disc_bulge", level="L4/L5"), "the disc bulge", "椎间盘膨出"),
        (
            Target(finding="compression_fracture", level="L1", grade="genant:2"),
            "the Genant grade 2 compression fracture",
            "Genant 2级",
        ),
        (
            Target(finding="central_canal_stenosis", level="L4/L5", grade="severity:severe"),
            "the severe central canal stenosis",
            "重度中央椎管狭窄",
        ),
    ],
)
def test_words_without_a_level(target: Target, en: str, zh: str) -> None:
    assert described(target, Language.EN) == en
    assert described(target, Language.ZH).startswith(zh)


@pytest.mark.parametrize("language", Language)
def test_no_finding_is_described_with_its_level(language: Language) -> None:
    for finding in vocabulary().findings:
        level = next(one for one in ("L4/L5", "L4", "C5/C6", "C5", "T12") if finding.fits(one))
        assert level not in described(Target(finding=finding.id, level=level), language)
