"""Two ways to launch the one training loop: in this process, or under Ray Train."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from actors.engines.adapters import read_adapter
from generation.dataset import SnapshotRow, manifest_of
from streams.errors import DependencyDown
from streams.loop import StageFailed
from training.errors import RunFailed, RunRefused, RunStopped, TrainingError
from training.lora.checkpoint import finished
from training.lora.course import ALONE, Place, follow
from training.lora.job import ADAPTER, CALLED, PROGRESS, REFUSAL, ROWS, STOP, Job, Result, Step, Tell, step_of
from training.settings import TrainSettings

log = logging.getLogger(__name__)

FAILURES = 2
"""How often Ray Train starts workers again that died, before the run has failed."""
LOOK_EVERY = 0.5
"""Seconds between two looks at what the workers tell."""
_OBJECT_STORE = 100 << 20
_START_SECONDS = 600
"""How long Ray Train waits for its workers: a minute, its default, is too short on a machine that has much to do."""


def train(
    rows: Sequence[SnapshotRow],
    settings: TrainSettings,
    out: Path,
    parent: Path | None = None,
    progress: Tell | None = None,
) -> Path:
    """Train an adapter on rows in this process and return its folder, `out/spine@<digest>`.

    Neither a broker nor a store nor Ray is needed. `parent` is the folder of the adapter to start from. Called again
    with the same arguments after a kill, it goes on from the last checkpoint in `out`.

    Raises:
        RunRefused, RunFailed: as `training.lora.course.follow`.
        EngineNotUsable: the model of the settings is not on this machine.
    """
    from actors.engines.vllm_model import locate

    out = out.resolve()
    prepare(out, rows)
    name, folder = locate(settings.model)
    job = Job(out, settings, name, folder, parent)
    return train_here(job, progress or _tell_nobody, threading.Event())


def train_here(job: Job, progress: Tell, stop: threading.Event) -> Path:
    """Train in this process and return the adapter's folder; raises what `training.lora.course.follow` raises."""
    follow(job, ALONE._replace(device=_device(job.settings)), progress, stop.is_set)
    return named(job)


def prepare(folder: Path, rows: Sequence[SnapshotRow]) -> None:
    """Lay the rows of a run into its folder; what the same run has left there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{ROWS}.part"
    part.write_bytes(manifest_of(rows))
    part.replace(folder / ROWS)


def named(job: Job) -> Path:
    """Return the folder of the adapter that a run has made, under the name that its bytes give it."""
    made = job.folder / ADAPTER
    _, _, digest = read_adapter(made).name.partition("@")
    folder = job.folder / f"{CALLED}@{digest}"
    if not folder.exists():
        working = job.folder / f".{folder.name}.part"
        shutil.rmtree(working, ignore_errors=True)
        shutil.copytree(made, working)
        working.replace(folder)
    return folder


def result_of(job: Job) -> Result:
    """Return what a finished run has to say."""
    found = finished(job)
    assert found is not None
    return found


def train_on_ray(job: Job, address: str, progress: Tell, stop: threading.Event) -> Path:
    """Train under Ray Train and return the adapter's folder; blocks, so call it off the event loop.

    `address` is that of a Ray cluster, whose nodes have to see the job's folder; empty: Ray is started on this machine,
    and ended afterwards. Set, `stop` has the workers leave a checkpoint at their next step.

    Raises:
        RunRefused, RunFailed, RunStopped: as `training.lora.course.follow`, or the workers died `FAILURES` times.
        DependencyDown: the cluster does not answer.
        StageFailed: Ray does not start on this machine. Another process may have more luck, and is rid of what is left.
    """
    import ray

    for left in (STOP, REFUSAL):
        (job.folder / left).unlink(missing_ok=True)
    os.environ.setdefault("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", str(_START_SECONDS))
    _start(address)
    try:
        with _watched(job, progress, stop):
            _fit(job, own=not address)
    finally:
        ray.shutdown()
    if finished(job) is not None:
        return named(job)
    if (job.folder / REFUSAL).exists():
        kind, _, why = (job.folder / REFUSAL).read_text().partition("\n")
        raise (RunRefused if kind == RunRefused.__name__ else RunFailed)(why)
    if stop.is_set():
        raise RunStopped("stopped before its end; it goes on from its last checkpoint")
    raise RunFailed("the workers ended without a result: see the trainer's log")


def _start(address: str) -> None:
    """Start Ray, or join a cluster. What goes wrong there is no fault of the run."""
    from actors.pools.ray_start import start_ray

    try:
        start_ray(address, object_store_bytes=_OBJECT_STORE)
    except Exception as error:
        if address:
            raise DependencyDown("ray", type(error).__name__) from error
        raise StageFailed(f"Ray did not start on this machine ({type(error).__name__}: {error})") from error


def _fit(job: Job, *, own: bool) -> None:
    """Run Ray Train; `own`: Ray was started for this run and ends with it."""
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.v2.api.exceptions import TrainingFailedError

    gpus, workers = _gpus(job.settings), job.settings.workers
    trainer = _trainer(own)(
        _work,
        train_loop_config={"job": job},
        scaling_config=ScalingConfig(
            num_workers=workers,
            use_gpu=gpus,
            # Ray's CPUs only say how many workers find room; how many threads they compute with is a setting.
            resources_per_worker={"GPU": 1, "CPU": 0} if gpus else {"CPU": min(1.0, 1.0 / workers)},
        ),
        run_config=RunConfig(
            name=f"attempt-{os.getpid()}",
            storage_path=str(job.folder / "ray"),
            failure_config=FailureConfig(max_failures=FAILURES),
        ),
    )
    try:
        trainer.fit()
    except TrainingFailedError as error:
        raise RunFailed(
            f"the workers died {FAILURES + 1} times ({type(error).__name__}): see the trainer's log"
        ) from error


def _trainer(own: bool) -> Any:
    """Return Ray Train's trainer for PyTorch. On a Ray of our own it has no actor to clean up after a dead controller:
    that one asks a dashboard that is not there, and says so every second."""
    from ray.train.torch import TorchTrainer
    from ray.train.v2._internal.callbacks.placement_group_callback import PlacementGroupCleanerCallback

    if not own:
        return TorchTrainer

    class OwnTrainer(TorchTrainer):  # type: ignore[misc]
        """Without the cleaner."""

        def _create_default_callbacks(self) -> list[Any]:
            every = super()._create_default_callbacks()
            return [one for one in every if not isinstance(one, PlacementGroupCleanerCallback)]

    return OwnTrainer


def _work(told: dict[str, Any]) -> None:
    """What a worker of Ray Train does. An error of ours is told by a file: Ray would try it again."""
    from ray import train as ray_train
    from ray.train.torch import get_device

    job: Job = told["job"]
    context = ray_train.get_context()
    place = Place(context.get_world_rank(), context.get_world_size(), get_device())
    with (job.folder / PROGRESS).open("ab", buffering=0) as file:

        def tell(step: Step) -> None:
            file.write(orjson.dumps(list(step)) + b"\n")

        try:
            follow(job, place, tell, lambda: (job.folder / STOP).exists())
        except RunStopped as stopped:
            log.info("%s", stopped)
        except TrainingError as error:
            (job.folder / REFUSAL).write_text(f"{type(error).__name__}\n{error}")


@contextmanager
def _watched(job: Job, progress: Tell, stop: threading.Event) -> Iterator[None]:
    """Tell on from a thread what the workers tell, and hand them the wish to stop."""
    over = threading.Event()
    place = job.folder / PROGRESS
    begin = place.stat().st_size if place.exists() else 0

    def watch() -> None:
        at, ended = begin, False
        while not ended:
            ended = over.wait(LOOK_EVERY)
            if stop.is_set():
                (job.folder / STOP).touch()
            at = _tell_on(place, at, progress)

    thread = threading.Thread(target=watch, name="training-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _tell_on(place: Path, at: int, progress: Tell) -> int:
    """Tell whole lines behind a place in the progress file; returns where they end."""
    if not place.exists():
        return at
    with place.open("rb") as file:
        file.seek(at)
        whole, found, _ = file.read().rpartition(b"\n")
    for line in whole.splitlines():
        progress(step_of(orjson.loads(line)))
    return at + len(whole) + len(found)


def _gpus(settings: TrainSettings) -> bool:
    """Whether the workers compute on GPUs: those of the cluster that Ray knows."""
    import ray

    if settings.device != "auto":
        return settings.device == "cuda"
    return bool(ray.cluster_resources().get("GPU", 0))


def _device(settings: TrainSettings) -> str:
    import torch

    return "cuda" if settings.device != "cpu" and torch.cuda.is_available() else "cpu"


def _tell_nobody(step: Step) -> None:
    """Whoever trains for a proof may not want to hear of it."""
