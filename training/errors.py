"""Errors of training, named after the cause."""

from __future__ import annotations


class TrainingError(Exception):
    """Base of every error raised by `training`."""


class ConfigurationUnusable(TrainingError):
    """A file of training settings cannot be used."""


class RunRefused(TrainingError):
    """A run is not begun as things stand: too little to learn from, or a parent that does not fit."""


class RunFailed(TrainingError):
    """A run could not come to its end, and trying again as it is would not help."""


class RunStopped(TrainingError):
    """A run was asked to stop; it left a checkpoint and goes on from there."""


class RunUnknown(TrainingError):
    """No run of that id."""


class AdapterUnknown(TrainingError):
    """No adapter of that name is in the registry."""


class NotPromotable(TrainingError):
    """An adapter may not become the champion, or there is none to go back to."""
