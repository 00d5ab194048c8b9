"""The training loop on a random model of two layers: it learns, and a kill changes nothing of what it makes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

from actors.engines.adapters import CONFIG, WEIGHTS, read_adapter
from generation.dataset import manifest_of, rows_of
from tests.training.tiny_model import quick, rows
from training.errors import RunFailed, RunRefused, RunStopped
from training.lora import Job, Result, Step, prepare, result_of, train, train_here

KILLED_AT = 8
CHILD = """
import os, signal, sys
from pathlib import Path
from generation.dataset import rows_of
from training.lora import train
from training.settings import TrainSettings

def die(step):
    if step.step == {killed_at}:
        os.kill(os.getpid(), signal.SIGKILL)

rows, settings, out = (Path(one) for one in sys.argv[1:])
train(rows_of(rows.read_bytes()), TrainSettings.model_validate_json(settings.read_bytes()), out, progress=die)
"""


def _result(out: Path) -> Result:
    return Result.model_validate_json((out / "result.json").read_bytes())


@pytest.fixture(scope="module")
def undisturbed(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[Step]]:
    """A run in peace: its folder, its adapter and what it told."""
    out, told = tmp_path_factory.mktemp("undisturbed"), list[Step]()
    return (
        out,
        train(rows(24), quick(tiny_model, learning_rate=0.03, dropout=0.1, epochs=4), out, progress=told.append),
        told,
    )


def test_it_learns_and_says_how_it_goes(undisturbed: tuple[Path, Path, list[Step]]) -> None:
    out, _, told = undisturbed
    found = _result(out)
    assert [one.step for one in told] == list(range(1, 25))
    assert found.losses == tuple(one.loss for one in told)
    assert sum(found.losses[-3:]) < 0.9 * sum(found.losses[:3])
    assert (found.steps, found.examples, found.truncated, found.left_out, found.resumed) == (24, 24, 0, {}, 0)
    assert told[-1].tokens == found.tokens > 24 * 40
    assert told[-1].tokens_per_second > 0


def test_killed_and_resumed_is_as_undisturbed(
    tiny_model: Path, undisturbed: tuple[Path, Path, list[Step]], tmp_path: Path
) -> None:
    settings = quick(tiny_model, learning_rate=0.03, dropout=0.1, epochs=4)
    (tmp_path / "rows").write_bytes(manifest_of(rows(24)))
    (tmp_path / "settings").write_text(settings.model_dump_json())
    command = [sys.executable, "-c", CHILD.format(killed_at=KILLED_AT)]
    died = subprocess.run(
        [*command, *(str(tmp_path / name) for name in ("rows", "settings", "out"))],
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    told: list[Step] = []
    adapter = train(rows(24), settings, tmp_path / "out", progress=told.append)
    assert told[0].step == 7, "it goes on behind its last checkpoint, the sixth step"
    found, wanted = _result(tmp_path / "out"), _result(undisturbed[0])
    assert found.losses == pytest.approx(wanted.losses, abs=1e-4)
    assert (found.resumed, found.tokens) == (1, wanted.tokens)
    assert adapter.name == undisturbed[1].name, "the very bytes"


def test_the_adapter_is_peft_s_and_tells_nothing_of_this_machine(
    tiny_model: Path, undisturbed: tuple[Path, Path, list[Step]]
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    _, folder, _ = undisturbed
    assert sorted(one.name for one in folder.iterdir()) == sorted([CONFIG, WEIGHTS])
    found = read_adapter(folder)
    assert (found.name, found.rank, found.targets) == (folder.name, 8, ("q_proj", "v_proj"))
    assert str(tiny_model.parent) not in (folder / CONFIG).read_text()
    base = AutoModelForCausalLM.from_pretrained(str(tiny_model), dtype=torch.float32)
    tokens = torch.tensor([[1, 2, 3, 4]])
    before = base(input_ids=tokens).logits
    tuned = PeftModel.from_pretrained(base, str(folder))
    assert not torch.allclose(tuned(input_ids=tokens).logits, before, atol=1e-3)


def test_the_loss_is_that_of_all_logits(tiny_model: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from training.conversation import Turns

    settings = quick(tiny_model, batch=3, epochs=1, rationale_weight=0.3, dtype="float32")
    train(rows(3), settings, tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(str(tiny_model), dtype=torch.float32)
    examples = Turns(AutoTokenizer.from_pretrained(str(tiny_model)), settings).tokenised(rows(3)).examples
    total, weight = 0.0, 0.0
    model.requires_grad_(False)
    for one in examples:
        logits = model(input_ids=torch.tensor([one.tokens])).logits[0, :-1].log_softmax(-1)
        said = logits.gather(1, torch.tensor(one.tokens[1:])[:, None])[:, 0]
        total -= float((said * torch.tensor(one.weights[1:])).sum())
        weight += sum(one.weights)
    assert _result(tmp_path / "out").losses[0] == pytest.approx(total / weight, rel=1e-5)


def test_it_goes_on_from_a_parent(tiny_model: Path, undisturbed: tuple[Path, Path, list[Step]], tmp_path: Path) -> None:
    out, parent, _ = undisturbed
    child = train(rows(24), quick(tiny_model, learning_rate=1e-4, epochs=1), tmp_path / "out", parent)
    first = _result(tmp_path / "out").losses[0]
    assert first < 0.95 * _result(out).losses[0], "it begins where the parent stood"
    assert child.name != parent.name
    with pytest.raises(RunRefused, match="rank, alpha and targets"):
        train(rows(24), quick(tiny_model, rank=4), tmp_path / "other", parent)


def test_a_finished_run_is_found_and_another_is_not_taken_for_it(
    tiny_model: Path, undisturbed: tuple[Path, Path, list[Step]]
) -> None:
    out, adapter, _ = undisturbed
    settings = quick(tiny_model, learning_rate=0.03, dropout=0.1, epochs=4)
    told: list[Step] = []
    assert train(rows(24), settings, out, progress=told.append) == adapter
    assert not told


def test_a_run_that_is_asked_to_stop_leaves_a_checkpoint(tiny_model: Path, tmp_path: Path) -> None:
    job = Job(tmp_path, quick(tiny_model, checkpoint_every=100), "tiny", tiny_model)
    prepare(tmp_path, rows(24))
    stop, told = threading.Event(), list[Step]()

    def tell(step: Step) -> None:
        told.append(step)
        if step.step == 4:
            stop.set()

    with pytest.raises(RunStopped):
        train_here(job, tell, stop)
    train_here(job, told.append, threading.Event())
    assert [one.step for one in told] == list(range(1, 13))
    assert result_of(job).resumed == 1


def test_what_cannot_be_trained_on_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="no sample can be trained on"):
        train(rows(4), quick(tiny_model, max_tokens=16), tmp_path / "short")
    with pytest.raises(RunRefused, match="none of the modules"):
        train(rows(4), quick(tiny_model, targets=("w_nobody",)), tmp_path / "modules")


def test_a_loss_that_is_no_number_ends_the_run(
    tiny_model: Path, undisturbed: tuple[Path, Path, list[Step]], tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    parent = tmp_path / "parent"
    shutil.copytree(undisturbed[1], parent)
    weights = {name: found * float("nan") for name, found in load_file(parent / WEIGHTS).items()}
    save_file(weights, parent / WEIGHTS)
    with pytest.raises(RunFailed, match="the loss at step 1 is nan"):
        train(rows(8), quick(tiny_model), tmp_path / "out", parent)


def test_a_manifest_says_the_rows_of_a_run(tmp_path: Path) -> None:
    prepare(tmp_path / "run", rows(3))
    assert rows_of((tmp_path / "run" / "rows.jsonl").read_bytes()) == rows(3)
    line: dict[str, Any] = orjson.loads((tmp_path / "run" / "rows.jsonl").read_bytes().splitlines()[0])
    assert line["id"] == "item-000"
