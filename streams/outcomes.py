"""What may become of a record; there is nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from streams.events import Event


@dataclass(frozen=True, slots=True)
class Done:
    """Handled: its writes are acknowledged; `emit` is published before the offset may be committed."""

    emit: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """This item failed in a way that may pass; it is tried again a few times, then it is dead."""

    why: str


@dataclass(frozen=True, slots=True)
class Dead:
    """This item can never succeed as it is; its bytes go to the group's dead letters."""

    why: str
    """A stable reason code, e.g. `encrypted`."""
    message: str = ""
    """A sentence for a person, free of patients' text."""


Outcome = Done | Retry | Dead
