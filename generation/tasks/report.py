"""Report of six parts: the model writes the treatment twice, for patient and physician; the disclaimer is ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generation.items import Kind, PlannedItem
from generation.samples import Report
from generation.sources import Language
from generation.tasks import schemas
from generation.tasks.facts import shown_facts
from generation.tasks.reading import Written, read_text
from generation.tasks.settings import GenerationSettings
from generation.tasks.task import task
from generation.tasks.writing_task import WritingTask

LENGTHS = {
    "imaging_findings": (20, 180),
    "diagnosis": (15, 100),
    "treatment_patient": (20, 110),
    "treatment_physician": (20, 120),
    "risk_prognosis": (20, 100),
    "postoperative": (20, 100),
    "basis": (15, 90),
}
"""What the model writes, in this order."""


class Fixed(NamedTuple):
    """The words of a report that are the same in all of a language; they name no level, side, grade or number."""

    patient: str
    """Goes before the treatment as the patient is told it."""
    physician: str
    """Goes before the treatment as a decision path."""
    gap: str
    """Between sentences."""
    disclaimer: str


FIXED = {
    Language.EN: Fixed(
        patient="For the patient: ",
        physician="For the physician: ",
        gap=" ",
        disclaimer="This report was written by a language model from the cited sentences; "
        "it does not replace the judgement of a clinician.",
    ),
    Language.ZH: Fixed(
        patient="致患者：",
        physician="致医师：",
        gap="",
        disclaimer="本报告由语言模型依据所引句子撰写，仅供参考，不能替代医生的判断。",
    ),
}


@task(Kind.REPORT)
class DiagnosticReport(WritingTask):
    """The task of `Kind.REPORT`."""

    def given(self, item: PlannedItem) -> Mapping[str, Any]:
        """Show the facts that the report may state, the target first; of a draft, take off what is ours."""
        fixed = FIXED[item.language]
        return {"facts": shown_facts(item), "fixed": [fixed.patient, fixed.physician, fixed.disclaimer]}

    def fields(self, item: PlannedItem, settings: GenerationSettings) -> Mapping[str, Any]:
        """Ask for the parts in their order, the treatment once for each reader."""
        return {name: schemas.text(length, item.language, settings) for name, length in LENGTHS.items()}

    def read(self, item: PlannedItem, content: Mapping[str, Any], where: str) -> Written:
        """Read the parts; label the two halves of the treatment and append the disclaimer."""
        said = {name: read_text(content, name, where) for name in LENGTHS}
        fixed = FIXED[item.language]
        report = Report(
            imaging_findings=said["imaging_findings"],
            diagnosis=said["diagnosis"],
            treatment=f"{fixed.patient}{said['treatment_patient']}\n{fixed.physician}{said['treatment_physician']}",
            risk_prognosis=said["risk_prognosis"],
            postoperative=said["postoperative"],
            basis_disclaimer=f"{said['basis']}{fixed.gap}{fixed.disclaimer}",
        )
        return Written(report=report)
