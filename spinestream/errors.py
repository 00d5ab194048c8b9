"""Errors of the front door; each knows the exit code a command ends with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

DONE, FAILED, USAGE, UNFINISHED = 0, 1, 2, 3
"""Exit codes: done (held items included); failed; usage; something is dead, refused or open."""

UNUSABLE = 78
"""Exit code of a role that cannot work as it is set: starting it again is no use (`EX_CONFIG` of sysexits.h)."""


class FrontDoorError(Exception):
    """Base of every error raised by `spinestream`."""

    exit_code = FAILED


class UsageError(FrontDoorError):
    """A command was called with something that is not there or does not go together."""

    exit_code = USAGE


class SettingsWrong(UsageError):
    """Settings that cannot be used; each line names a field and where it was set."""

    @staticmethod
    def fault(kind: str, message: str) -> str:
        """Return what a validation error of pydantic says, in words of ours where its own are about code."""
        return "there is no such setting" if kind == "extra_forbidden" else message

    def __init__(self, told: Sequence[str]) -> None:
        super().__init__("these settings cannot be used:\n  " + "\n  ".join(told))


class AlreadyRuns(UsageError):
    """Another process runs the roles of a work folder."""

    def __init__(self, workdir: Path, command: str, pid: int, roles: Sequence[str]) -> None:
        super().__init__(
            f"`{command}` (pid {pid}) runs {', '.join(roles)} in {workdir} already: look at it with "
            f"`spinestream status --workdir {workdir}`, end it with `spinestream down --workdir {workdir}`"
        )


class NotFound(FrontDoorError):
    """An id names nothing."""

    exit_code = USAGE


class RoleFailed(FrontDoorError):
    """A role process ends again and again right after its start."""

    def __init__(self, role: str, code: int, tail: Sequence[str]) -> None:
        last = "\n  ".join(tail)
        super().__init__(
            f"role {role} cannot stay up (exit {code}); the end of its log under logs/{role}.log:\n  {last}"
        )


class MeasurementFailed(FrontDoorError):
    """What was to be measured did not come to its end; the last lines it said go along."""

    exit_code = FAILED

    def __init__(self, what: str, said: list[str]) -> None:
        super().__init__("\n".join([what, *(f"  {line}" for line in said)]))


class NothingToReview(FrontDoorError):
    """A turn of the loop has no sample to begin with."""

    exit_code = UNFINISHED

    def __init__(self, held: int) -> None:
        super().__init__(
            f"no sample waits for review ({held} are held), so there is nothing that a model could be trained on. A "
            "turn in a folder of an earlier one needs other studies (--seed), or take another --workdir"
        )


class TurnLate(FrontDoorError):
    """A turn of the loop was not at its end in time."""

    exit_code = UNFINISHED

    def __init__(self, waiting_for: str) -> None:
        super().__init__(
            f"the loop did not come to its end in time; it waits for: {waiting_for}. What is done is kept: "
            "`spinestream up` goes on with it"
        )
