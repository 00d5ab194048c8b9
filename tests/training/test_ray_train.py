"""The loop under Ray Train: the same adapter as in this process, alone and shared by two workers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.training.tiny_model import quick, rows
from training.errors import RunRefused
from training.lora import Job, Step, prepare, result_of, train, train_on_ray


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_it_makes_what_this_process_makes(tiny_model: Path, tmp_path: Path, workers: int) -> None:
    settings = quick(tiny_model, learning_rate=0.01, workers=workers)
    alone = train(rows(10), settings, tmp_path / "alone")
    job = Job(tmp_path / "ray", settings, tiny_model.name, tiny_model)
    prepare(job.folder, rows(10))
    told: list[Step] = []
    shared = train_on_ray(job, "", told.append, threading.Event())
    assert [one.step for one in told] == list(range(1, 7))
    wanted = result_of(Job(tmp_path / "alone", settings, tiny_model.name, tiny_model))
    assert result_of(job).losses == pytest.approx(wanted.losses, abs=1e-4)
    assert workers > 1 or shared.name == alone.name


@pytest.mark.long
def test_what_cannot_be_trained_on_is_not_tried_again(tiny_model: Path, tmp_path: Path) -> None:
    job = Job(tmp_path, quick(tiny_model, max_tokens=16), "tiny", tiny_model)
    prepare(tmp_path, rows(4))
    with pytest.raises(RunRefused, match="no sample can be trained on"):
        train_on_ray(job, "", lambda step: None, threading.Event())
