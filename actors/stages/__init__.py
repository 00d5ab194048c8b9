"""The stages that ask a model: draft and revise."""

from actors.stages.base import GenerationStage, StageParts
from actors.stages.draft import DraftStage
from actors.stages.revise import ReviseStage

STAGES: dict[str, type[GenerationStage]] = {stage.group: stage for stage in (DraftStage, ReviseStage)}
"""Every generation stage by name, in the order work flows."""

__all__ = ["STAGES", "DraftStage", "GenerationStage", "ReviseStage", "StageParts"]
