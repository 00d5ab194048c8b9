"""The `run` command: registers sources, starts the roles, watches until every item is settled, sums up."""

from spinestream.running.report import RunReport
from spinestream.running.runner import Runner, RunRequest

__all__ = ["RunReport", "RunRequest", "Runner"]
