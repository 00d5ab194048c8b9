"""The `run` command: registers sources, starts the roles, watches until every item is settled, sums up."""

from spinestream.running.report import RunReport
from spinestream.running.request import RunRequest
from spinestream.running.runner import Runner

__all__ = ["RunReport", "RunRequest", "Runner"]
