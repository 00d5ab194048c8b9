"""The training loop: one function, whoever launches it. It leaves checkpoints, and goes on from the last one.

Every draw at a step is a function of seed, step and worker (`batches.step_seed`), and so is each batch: a run that was
killed and goes on computes what an undisturbed one does.
"""

from __future__ import annotations

import fcntl
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from generation.dataset import rows_of
from training.conversation import Example, Tokenised, Turns
from training.errors import RunFailed, RunRefused, RunStopped
from training.lora import weights
from training.lora.batches import batch_of, rate, step_seed, steps_of
from training.lora.checkpoint import Checkpoint, finished, identity_of
from training.lora.job import ADAPTER, CHECKPOINT, RESULT, ROWS, Job, Result, Step, Tell

SOFTWARE = ("torch", "transformers", "peft", "ray")


class Place(NamedTuple):
    """Where a worker of a run computes."""

    rank: int
    world: int
    device: Any
    """torch's."""


ALONE = Place(0, 1, "cpu")


def follow(job: Job, place: Place, tell: Tell, stopped: Callable[[], bool]) -> None:
    """Train until the result lies in the job's folder: an adapter in peft's form and `result.json`.

    Only the worker of rank 0 tells and writes. Nothing is done where the result is there already.

    Raises:
        RunRefused: the samples or the parent do not do for it.
        RunFailed: the loss is no number any more.
        RunStopped: `stopped` said so; a checkpoint was left.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with _one_at_a_time(job.folder / f"worker-{place.rank}.lock"):
        if finished(job) is not None:
            return
        course = _Course(job, place)
        while course.done < course.steps:
            if course.agreed(stopped()):
                course.save()
                raise RunStopped(f"stopped after step {course.done} of {course.steps}")
            told = course.step()
            if place.rank == 0:
                tell(told)
            if course.done % job.settings.checkpoint_every == 0:
                course.save()
        course.finish()


class _Course:
    """A run in mid-course."""

    def __init__(self, job: Job, place: Place) -> None:
        import torch

        self._job, self._place, self._settings = job, place, job.settings
        torch.set_num_threads(self._settings.threads)
        tokenizer = weights.open_tokenizer(job.model_folder)
        self._samples = _samples(job, tokenizer)
        self._fill = tokenizer.eos_token_id or 0
        self._lengths = [len(one.tokens) for one in self._samples.examples]
        self.steps = steps_of(len(self._lengths), self._settings)
        self._model = weights.open_model(job, place.device)
        self._learning = [one for one in self._model.parameters() if one.requires_grad]
        self._optimizer = torch.optim.AdamW(self._learning, lr=0.0, weight_decay=self._settings.weight_decay)
        self._identity = identity_of(job)
        self._losses: list[float] = []
        self._tokens, self._resumed = 0, 0
        self._seconds = 0.0
        self._resume()

    @property
    def done(self) -> int:
        """Steps done."""
        return len(self._losses)

    def agreed(self, stop: bool) -> bool:
        """Return whether all workers are to stop: what the first one says, since all have to at the same step."""
        if self._place.world == 1:
            return stop
        import torch

        flag = torch.tensor([float(stop)], device=self._place.device)
        torch.distributed.broadcast(flag, src=0)
        return bool(flag.item())

    def step(self) -> Step:
        """Do one step and return where the run stands."""
        import torch

        began, number = time.perf_counter(), self.done
        torch.manual_seed(step_seed(self._settings.seed, number, self._place.rank))
        everyone = [self._samples.examples[at] for at in batch_of(number, self._lengths, self._settings)]
        loss = self._gradient(everyone)
        if not math.isfinite(loss):
            raise RunFailed(f"the loss at step {number + 1} is {loss}: lower learning_rate, or look at the samples")
        torch.nn.utils.clip_grad_norm_(self._learning, self._settings.clip)
        for group in self._optimizer.param_groups:
            group["lr"] = rate(number, self.steps, self._settings)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._losses.append(loss)
        self._tokens += sum(len(one.tokens) for one in everyone)
        self._seconds += time.perf_counter() - began
        return Step(self.done, self.steps, loss, self._tokens, self._seconds)

    def _gradient(self, everyone: Sequence[Example]) -> float:
        """Put the gradient of a batch into the weights, summed over the workers; return the batch's loss."""
        total = sum(sum(one.weights) for one in everyone)
        mine = everyone[self._place.rank :: self._place.world]
        part = 0.0
        if mine:
            loss = self._summed(mine) / total
            loss.backward()
            part = float(loss.detach())
        return part if self._place.world == 1 else self._shared(part)

    def _summed(self, examples: Sequence[Example]) -> Any:
        """Return the weighted sum of the negative log-likelihood of some examples."""
        import torch

        longest = max(len(one.tokens) for one in examples)
        device = self._place.device

        def filled(values: list[list[Any]], fill: float, kind: Any) -> Any:
            return torch.tensor([row + [fill] * (longest - len(row)) for row in values], dtype=kind, device=device)

        tokens = filled([one.tokens for one in examples], self._fill, torch.long)
        there = filled([[1] * len(one.tokens) for one in examples], 0, torch.long)
        wanted = filled([one.weights for one in examples], 0.0, torch.float32)[:, 1:]
        # Logits are dear (a vocabulary each): they are computed where some example has something to say.
        where = wanted.any(dim=0).nonzero()[:, 0]
        logits = self._model(
            input_ids=tokens, attention_mask=there, logits_to_keep=where, use_cache=False
        ).logits.float()
        likelihood = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), tokens[:, 1:][:, where].flatten(), reduction="none"
        )
        return (likelihood * wanted[:, where].flatten()).sum()

    def _shared(self, part: float) -> float:
        """Sum the gradients and the loss of all workers."""
        import torch

        loss = torch.tensor([part], device=self._place.device, dtype=torch.float64)
        torch.distributed.all_reduce(loss)
        for one in self._learning:
            if one.grad is None:
                one.grad = torch.zeros_like(one)
            torch.distributed.all_reduce(one.grad)
        return float(loss.item())

    def _resume(self) -> None:
        found = Checkpoint.read(self._job.folder / CHECKPOINT, self._identity)
        if found is None:
            return
        weights.load(self._model, found.weights)
        self._optimizer.load_state_dict(found.optimizer)
        self._losses, self._tokens, self._seconds = list(found.losses), found.tokens, found.seconds
        self._resumed = found.resumed + 1

    def save(self) -> None:
        """Leave a checkpoint."""
        if self._place.rank == 0:
            Checkpoint(
                identity=self._identity,
                weights=weights.weights_of(self._model),
                optimizer=self._optimizer.state_dict(),
                losses=self._losses,
                tokens=self._tokens,
                seconds=self._seconds,
                resumed=self._resumed,
            ).write(self._job.folder / CHECKPOINT)

    def finish(self) -> None:
        """Write the adapter, then the result: who finds the result finds both whole."""
        if self._place.rank != 0:
            return
        weights.write(self._job.folder / ADAPTER, self._model, self._job)
        result = Result(
            identity=self._identity,
            steps=self.done,
            losses=tuple(self._losses),
            tokens=self._tokens,
            seconds=self._seconds,
            examples=len(self._samples.examples),
            truncated=self._samples.truncated,
            left_out={why.value: number for why, number in self._samples.left_out.items()},
            software={name: found for name in SOFTWARE if (found := _version(name))},
            resumed=self._resumed,
        )
        part = self._job.folder / f"{RESULT}.part"
        part.write_text(result.model_dump_json())
        part.replace(self._job.folder / RESULT)


def _samples(job: Job, tokenizer: Any) -> Tokenised:
    found = Turns(tokenizer, job.settings).tokenised(rows_of((job.folder / ROWS).read_bytes()))
    if not found.examples:
        why = ", ".join(f"{number} {name}" for name, number in found.left_out.items()) or "there are none"
        raise RunRefused(f"no sample can be trained on ({why}): raise max_tokens, or take another model")
    return found


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process computes the run: one that outlived a killed trainer ends in a moment."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
