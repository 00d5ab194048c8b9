"""Phantom studies: DICOM objects and a report of a column whose findings are known, drawn from a seed.

Nobody is in them: people, places and numbers are fictional, and every object says that it is a phantom's.
"""

from generation.phantom.dicom import MANUFACTURER, QUALIFICATION
from generation.phantom.ledger import TruthLine, make_studies, truth_line
from generation.phantom.report import Templates
from generation.phantom.reported import PhantomReport, make_report, make_reports
from generation.phantom.study import PhantomStudy, make_study
from generation.phantom.truth import Part, StudyKind, TrueFinding, Truth
from generation.phantom.volume import LabelVolume

__all__ = [
    "MANUFACTURER",
    "QUALIFICATION",
    "LabelVolume",
    "Part",
    "PhantomReport",
    "PhantomStudy",
    "StudyKind",
    "Templates",
    "TrueFinding",
    "Truth",
    "TruthLine",
    "make_report",
    "make_reports",
    "make_studies",
    "make_study",
    "truth_line",
]
