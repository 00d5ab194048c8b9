"""Reports of phantom studies: templates in two languages, filled from the truth."""

from generation.phantom.report.split import BENCH, Templates
from generation.phantom.report.template import Template, templates
from generation.phantom.report.write import Report, findings_part, normal_sentences, sentence, write_report

__all__ = [
    "BENCH",
    "Report",
    "Template",
    "Templates",
    "findings_part",
    "normal_sentences",
    "sentence",
    "templates",
    "write_report",
]
