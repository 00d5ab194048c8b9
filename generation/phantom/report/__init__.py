"""Reports of phantom studies: templates in two languages, filled from the truth."""

from generation.phantom.report.template import Template, templates
from generation.phantom.report.write import Report, sentence, write_report

__all__ = ["Report", "Template", "sentence", "templates", "write_report"]
