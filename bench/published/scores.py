"""The scores as the paper printed them, misprints included. Nothing in this file is computed."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = 'Zhao, Dong et al., "SpineBench: A Clinically Salient, Level-Aware Benchmark", arXiv 2510.03160 (ICLR 2026)'
"""Where the scores and the sizes come from. Not arXiv 2510.12267, another benchmark of the same name."""

TEXT, IMAGE, REPORT = 294, 193, 87
"""Items of the published bench: text-only questions, questions with an image, reports."""
MCQ = TEXT + IMAGE


@dataclass(frozen=True, slots=True)
class Published:
    """One row, in percent with two decimals; None where the paper prints nothing."""

    model: str
    text: float | None
    image: float | None
    mcq: float
    """Printed share of right answers among all multiple-choice questions."""
    report: float
    total: float
    """Printed total."""


PUBLISHED: tuple[Published, ...] = (
    Published("Gemini-2.5-Pro", None, None, 88.50, 93.32, 89.23),
    Published("SpineGPT", 89.46, 84.46, 87.89, 87.24, 87.44),
    Published("GPT-5-mini", None, None, 85.83, 93.56, 87.01),
    Published("GPT-5", 87.41, 79.97, 84.46, 91.60, 85.54),
    Published("GLM-4.5V", 85.71, 81.35, 83.98, 79.24, 83.26),
    Published("Qwen2.5-VL-72B", None, None, 82.75, 63.80, 79.88),
    Published("Qwen2.5-VL-7B", 75.51, 74.09, 74.95, 54.52, 64.74),
)
