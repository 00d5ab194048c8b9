"""The course of a run: batches and step sizes are functions of the step."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.lora.batches import batch_of, batches, rate, step_seed, steps_of
from training.settings import TrainSettings


@given(st.lists(st.integers(1, 300), min_size=1, max_size=200), st.integers(1, 16), st.integers(0, 3))
def test_an_epoch_has_every_sample_once(lengths: list[int], size: int, epoch: int) -> None:
    found = batches(lengths, size, 7, epoch)
    assert Counter(at for batch in found for at in batch) == Counter(range(len(lengths)))
    assert all(len(batch) <= size for batch in found)
    assert found == batches(lengths, size, 7, epoch)


def test_batches_waste_little_on_filling() -> None:
    lengths = [40 + 13 * number % 200 for number in range(256)]
    grouped = sum(len(one) * max(lengths[at] for at in one) for one in batches(lengths, 8, 0, 0))
    mixed = sum(8 * max(lengths[start : start + 8]) for start in range(0, 256, 8))
    assert sum(lengths) <= grouped < 0.75 * mixed


def test_epochs_and_seeds_differ() -> None:
    lengths = list(range(40))
    assert len({str(batches(lengths, 4, seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_a_step_has_its_batch_wherever_a_run_goes_on() -> None:
    settings = TrainSettings(batch=4, epochs=2, max_steps=0)
    lengths = [10 + number for number in range(10)]
    assert steps_of(10, settings) == 6
    seen = Counter(at for step in range(6) for at in batch_of(step, lengths, settings))
    assert seen == Counter(dict.fromkeys(range(10), 2))
    assert steps_of(10, TrainSettings(batch=4, epochs=2, max_steps=5)) == 5


def test_the_rate_rises_and_falls() -> None:
    settings = TrainSettings(learning_rate=1.0, warmup=0.2)
    found = [rate(step, 10, settings) for step in range(10)]
    assert found[:3] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert found[3:] == sorted(found[3:], reverse=True)
    assert found[-1] == pytest.approx(1 / 8)
    assert [rate(step, 1, settings) for step in range(1)] == [1.0]


def test_draws_differ_by_step_and_worker() -> None:
    assert len({step_seed(0, step, rank) for step in range(20) for rank in range(4)}) == 80
