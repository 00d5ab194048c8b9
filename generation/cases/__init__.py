"""Hospital cases once nothing in them identifies anybody: a de-identified report and the studies that go with it."""

from generation.cases.case import CASE_MEDIA_TYPE, Case, CaseInstance, CaseSeries, KeySlice, Modality, Plane, case_id

__all__ = ["CASE_MEDIA_TYPE", "Case", "CaseInstance", "CaseSeries", "KeySlice", "Modality", "Plane", "case_id"]
