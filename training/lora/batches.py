"""The course of a run: which samples are in which batch, and the step size of each step. Pure functions."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from training.settings import TrainSettings

GROUP = 8
"""Batches' worth of samples that are sorted by length together: batches waste little on filling, and stay mixed."""


def batches(lengths: Sequence[int], size: int, seed: int, epoch: int) -> list[list[int]]:
    """Return the batches of one epoch as places in `lengths`: every place once, samples of like length together, in an
    order that depends on the seed and the epoch only."""
    draw = random.Random(f"epoch {seed} {epoch}")
    order = list(range(len(lengths)))
    draw.shuffle(order)
    found: list[list[int]] = []
    for start in range(0, len(order), size * GROUP):
        group = sorted(order[start : start + size * GROUP], key=lambda place: (lengths[place], place))
        found += [group[at : at + size] for at in range(0, len(group), size)]
    draw.shuffle(found)
    return found


def steps_of(samples: int, settings: TrainSettings) -> int:
    """Return how many steps a run of so many samples has."""
    whole = settings.epochs * math.ceil(samples / settings.batch)
    return min(whole, settings.max_steps) if settings.max_steps else whole


def batch_of(step: int, lengths: Sequence[int], settings: TrainSettings) -> list[int]:
    """Return the batch of a step (from 0): a function of the step, so that a run goes on anywhere."""
    epoch, place = divmod(step, math.ceil(len(lengths) / settings.batch))
    return batches(lengths, settings.batch, settings.seed, epoch)[place]


def rate(step: int, steps: int, settings: TrainSettings) -> float:
    """Return the step size at a step (from 0): it rises over the warm-up, then falls in a straight line towards 0."""
    warm = round(settings.warmup * steps)
    if step < warm:
        return settings.learning_rate * (step + 1) / (warm + 1)
    return settings.learning_rate * (steps - step) / (steps - warm)


def step_seed(seed: int, step: int, rank: int) -> int:
    """Return the seed of all that is drawn at a step on a worker: so a checkpoint need not hold a generator's state."""
    return random.Random(f"step {seed} {step} {rank}").getrandbits(63)
