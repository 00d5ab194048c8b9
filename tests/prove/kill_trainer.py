"""A trainer that is killed in mid-run, and a worker of its Ray: the run goes on, and makes what an undisturbed one
makes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil

from generation.dataset import SnapshotRow, manifest_of
from generation.dialogue import Choice, Party, Utterance, choice_prompt
from generation.ids import source_version
from generation.items import Axis, Kind
from generation.sources import Language
from spinestream.endpoints import addresses_now
from spinestream.settings import load
from spinestream.wiring import Parts, broker_settings, connected
from spinestream.workdir import Workdir
from streams import topics
from streams.broker import Broker
from streams.model_payloads import SnapshotMade
from tests.prove.row import Row, row
from tests.prove.stand import kill, spinestream, wait_for
from training.run import Run
from training.settings import TrainSettings

SAMPLES = 40
SETTINGS = TrainSettings(init_from="base", batch=4, epochs=2, max_steps=0, checkpoint_every=4, min_samples=8)
LEVELS = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
FINDINGS = ("disc protrusion", "disc extrusion", "central canal stenosis", "foraminal stenosis")
CLOSE = 1e-4
"""How near two loss curves have to be, in nats a token."""


@row("kill-trainer")
def kill_trainer(folder: Path) -> Row:
    """The trainer role killed twice in mid-run, a worker of Ray Train once."""
    result = Row(
        "kill: the trainer in mid-run",
        f"{SAMPLES} constructed samples, the bundled model, Ray Train, `up store trainer`; SIGKILL of the role twice, "
        "of Ray Train's worker once, against the same run in peace",
    )
    peace, _ = _ran(folder / "peace", ())
    result.say(_told("in peace", peace))
    killed, kills = _ran(folder / "killed", ("trainer", "worker", "trainer"))
    result.say(_told("killed", killed))
    for name, step in kills:
        result.check(f"SIGKILL of the {name} at step {step} of {killed.course.steps}", 0 < step < killed.course.steps)
    result.check(f"the same run: {killed.id}", killed.id == peace.id)
    resumed, adapters, runs, candidates, left = _look(folder / "killed")
    result.check(f"attempts {killed.attempts}, gone on from a checkpoint {resumed} times (3)", resumed == len(kills))
    counts = f"run documents {runs}, adapters {adapters}, candidates told {candidates}"
    result.check(counts, (runs, adapters, candidates) == (1, 1, 1))
    names = [one.adapter.name if one.adapter else "none" for one in (peace, killed)]
    result.check(f"the same adapter: {names[0]}, {names[1]}", names[0] == names[1] != "none")
    furthest = max(abs(a[1] - b[1]) for a, b in zip(peace.course.losses, killed.course.losses, strict=True))
    result.check(f"loss curves differ by {furthest:.1e} at most (bar {CLOSE:.0e})", furthest < CLOSE)
    result.check(f"processes and run folders left behind: {left}", not left)
    return result


def _told(name: str, one: Run) -> str:
    course = one.course
    return (
        f"{name}: {one.state}, {course.steps} steps, loss {course.losses[0][1]:.3f} → {course.losses[-1][1]:.3f}, "
        f"{course.tokens} tokens in {course.seconds:.0f} s ({course.tokens_per_second:.0f}/s)"
    )


def samples() -> tuple[SnapshotRow, ...]:
    """Return constructed multiple choice samples."""
    return tuple(_sample(number) for number in range(SAMPLES))


def _sample(number: int) -> SnapshotRow:
    level, finding = LEVELS[number % 5], FINDINGS[number * 7 % 4]
    options = [Choice(letter, f"{finding} at {one}") for letter, one in zip("ABCD", LEVELS, strict=False)]
    passage = f"Case {number}. A {finding} was seen at {level}; the other discs are unremarkable."
    asked = choice_prompt(passage, "What was seen, and where?", options, Language.EN)
    return SnapshotRow(
        id=f"constructed-{number:03}",
        kind=Kind.MCQ,
        language=Language.EN,
        axis=Axis.LEVEL_IDENTIFICATION,
        level=level,
        source="constructed",
        version=source_version(b"constructed"),
        simulated=True,
        dialogue=(Utterance(Party.HUMAN, asked), Utterance(Party.MODEL, f"{finding} at {level}\nThe passage says so.")),
    )


def _ran(place: Path, kills: tuple[str, ...]) -> tuple[Run, list[tuple[str, int]]]:
    """Have the run made in a deployment of its own; returns it, and at which step what was killed."""
    done = spinestream("up", "store", "trainer", "--detach", "--workdir", str(place), timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    try:
        _on_parts(place, _asked)
        struck = [(name, _strike(place, name, number)) for number, name in enumerate(kills, 1)]
        found = wait_for(lambda: _over(place), 1500, "the run to end")
        assert isinstance(found, Run)
        assert found.adapter is not None, f"the run is {found.state}: {found.why}"
        return found, struck
    finally:
        spinestream("down", "--workdir", str(place))


async def _asked(parts: Parts) -> None:
    digest = await parts.blobs.put(manifest_of(samples()))
    made = SnapshotMade(snapshot=digest, request="train:proof", card=digest, samples=SAMPLES, simulated=True)
    event = topics.SNAPSHOTS.event(made, key=digest, subject=digest, source="proof", detail=made.request)
    await parts.runs.ask(made.request, event, SETTINGS, "proof")
    assert await parts.send(parts.runs.requests)


def _strike(place: Path, name: str, number: int) -> int:
    """Kill the role, or its worker, once the run has come a good way further; returns the step it was at."""
    wanted = number * 6

    def at_it() -> tuple[int, int] | None:
        one = _run(place)
        pid = _role(place) if name == "trainer" else _worker(place)
        return (pid, one.course.step) if one is not None and one.course.step >= wanted and pid is not None else None

    pid, step = wait_for(at_it, 900, f"step {wanted}")
    kill(pid)
    return int(step)


def _role(place: Path) -> int | None:
    try:
        pid = json.loads((place / "run" / "roles.json").read_text()).get("trainer")
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return int(pid) if pid and psutil.pid_exists(pid) else None


def _worker(place: Path) -> int | None:
    """Process id of Ray Train's worker below the role."""
    role = _role(place)
    try:
        below = psutil.Process(role).children(recursive=True) if role else []
        return next((one.pid for one in below if "TrainWorker" in " ".join(one.cmdline())), None)
    except psutil.NoSuchProcess:
        return None


def _run(place: Path) -> Run | None:
    found: Run | None = _on_parts(place, lambda parts: parts.runs.of_request("train:proof"))
    return found


def _over(place: Path) -> Run | None:
    one = _run(place)
    return one if one is not None and one.over else None


def _look(place: Path) -> tuple[int, int, int, int, list[str]]:
    """Return how often the run went on, how many adapters, runs and candidates there are, and what was left behind."""
    done = spinestream("up", "store", "--detach", "--workdir", str(place), timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    try:

        async def counted(parts: Parts) -> tuple[int, int, int]:
            listed = await parts.registry.listed()
            return listed[0][0].card.result.resumed, len(listed), len(await parts.runs.latest())

        resumed, adapters, runs = _on_parts(place, counted)
        candidates = _events(place, topics.CANDIDATES.name)
    finally:
        spinestream("down", "--workdir", str(place))
    left = [str(one) for one in (place / "training").glob("*")]
    left += [
        str(one.pid) for one in psutil.process_iter(["cmdline"]) if str(place) in " ".join(one.info["cmdline"] or [])
    ]
    return resumed, adapters, runs, candidates, left


def _events(place: Path, topic: str) -> int:
    """Count the different events of a topic."""
    from kafka import KafkaConsumer, TopicPartition

    settings = broker_settings(addresses_now(Workdir(place.resolve())))
    consumer = KafkaConsumer(**settings.client(), consumer_timeout_ms=5000, auto_offset_reset="earliest")
    try:
        consumer.assign([TopicPartition(Broker(settings).wire_name(topic), 0)])
        return len({dict(one.headers)["ce_id"] for one in consumer})
    finally:
        consumer.close()


def _on_parts(place: Path, work: Callable[[Parts], Awaitable[Any]]) -> Any:
    """Do something on the servers of a deployment that runs."""
    workdir = Workdir(place.resolve())

    async def go() -> Any:
        async with connected(workdir, load(workdir), addresses_now(workdir)) as parts:
            return await work(parts)

    return asyncio.run(go())
