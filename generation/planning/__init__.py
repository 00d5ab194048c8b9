"""Plans: which items a source shall give, decided once and without a model."""

from generation.planning.plan import PLAN_VERSION, make_plan
from generation.planning.settings import PlanSettings

__all__ = ["PLAN_VERSION", "PlanSettings", "make_plan"]
