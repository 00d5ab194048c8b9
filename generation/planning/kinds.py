"""The kinds of sample a plan can be made for: what makes their items, and how many one source gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from generation.items import Kind
from generation.planning.content import Maker
from generation.planning.multiple_choice import multiple_choice
from generation.planning.open_questions import open_questions
from generation.planning.sections import consultations, reports
from generation.planning.settings import PlanSettings


class Planner(NamedTuple):
    """How a kind is planned."""

    make: Maker
    most: Callable[[PlanSettings], int]
    """Items of one source, at most."""


KINDS: dict[Kind, Planner] = {
    Kind.MCQ: Planner(multiple_choice, lambda settings: settings.max_items),
    Kind.OPEN_QA: Planner(open_questions, lambda settings: settings.max_items),
    Kind.CONSULTATION: Planner(consultations, lambda settings: settings.max_consultations),
    Kind.REPORT: Planner(reports, lambda settings: settings.max_reports),
}
