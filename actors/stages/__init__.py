"""The stages that ask a model: read, draft and revise."""

from typing import Any

from actors.stages.base import GenerationStage, StageParts
from actors.stages.draft import DraftStage
from actors.stages.read import ReadStage
from actors.stages.revise import ReviseStage

STAGES: dict[str, type[GenerationStage[Any]]] = {stage.group: stage for stage in (ReadStage, DraftStage, ReviseStage)}
"""Every generation stage by name, in the order work flows."""

__all__ = ["STAGES", "DraftStage", "GenerationStage", "ReadStage", "ReviseStage", "StageParts"]
