"""De-identification of a report's text, in English and Chinese."""

from streams.intake.deid.text.report import CleanText, deidentify_report

__all__ = ["CleanText", "deidentify_report"]
