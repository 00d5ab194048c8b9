"""Errors of the front door; each knows the exit code a command ends with."""

from __future__ import annotations

from collections.abc import Sequence

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
