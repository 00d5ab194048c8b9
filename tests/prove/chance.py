"""A random answerer on SpineBench: a quarter of the items right, within its interval, on every axis."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pymongo import AsyncMongoClient

from bench.items import BenchItem, BenchOption, Origin
from bench.items.from_phantoms import phantom_items
from bench.runner.answerer import Method
from bench.runner.answers import Answers
from bench.runner.run import answer_all
from bench.runner.scripted import ScriptedAnswerer
from bench.runner.settings import SEED, ScriptedAnswering
from bench.runner.tally import AxisScore, scores_of
from generation.items import Axis
from generation.sources import Language
from spinestream.embedded import Servers
from tests.prove.row import Row, row

PHANTOMS = 400
OPERATIONS = ("Microdiscectomy", "Laminectomy", "Posterior fusion", "Corpectomy")
SEEDS = 20
"""Of the answerer: a 95 % interval that is right misses now and then, so it is looked at often."""


@row("chance")
def chance(folder: Path) -> Row:
    """Guess at all items, twenty times over."""
    result = Row(
        "chance: a random answerer scores a quarter",
        f"items about {PHANTOMS} phantoms in two languages, and {2 * PHANTOMS} constructed ones on surgical planning, "
        f"of which phantoms tell nothing; guessed at by {SEEDS} seeds; clustered by case",
    )
    items = [*phantom_items(PHANTOMS, tuple(Language), SEED), *_planning()]
    with Servers(folder / "servers", ("mongodb",)) as servers:
        scores = asyncio.run(_guessed(servers.addresses.mongodb, items))
    axes = sorted({one.axis for one in scores[0]})
    for axis in axes:
        mine = [one for seed in scores for one in seed if one.axis == axis and one.method is Method.LIKELIHOOD]
        held = sum(one.score.low <= one.chance <= one.score.high for one in mine)
        mean = sum(one.score.value for one in mine) / len(mine)
        first = mine[0]
        result.check(
            f"{axis}: {first.score.value:.3f} ({first.score.low:.3f} – {first.score.high:.3f}) of {first.items} items "
            f"in {first.cases} cases, chance {first.chance:.3f}",
            first.score.low <= first.chance <= first.score.high,
        )
        result.check(
            f"{axis}: over {SEEDS} seeds {mean:.3f} on average, the interval holds chance {held} times",
            held >= SEEDS * 0.8 and abs(mean - first.chance) < 0.02,
        )
    return result


def _planning() -> list[BenchItem]:
    """Return items that ask for an operation, two a case; the right letter goes round."""
    return [
        BenchItem(
            id=f"planning-{number}",
            axis=Axis.SURGICAL_PLANNING.value,
            language=Language.EN,
            case=f"planned-{number // 2}",
            passage=f"Case {number // 2}, plan {number}: {OPERATIONS[number % 4].lower()}.",
            question="Which operation is planned?",
            options=tuple(BenchOption(id=letter, text=text) for letter, text in zip("ABCD", OPERATIONS, strict=True)),
            answer="ABCD"[number % 4],
            origin=Origin.TSV,
        )
        for number in range(2 * PHANTOMS)
    ]


async def _guessed(url: str, items: list[BenchItem]) -> list[tuple[AxisScore, ...]]:
    """Return the scores of every seed, by way of the runner and its store."""
    async with AsyncMongoClient(url) as client:
        answers = Answers(client["prove_chance"])
        await answers.prepare()
        found = []
        for seed in range(SEEDS):
            answerer = ScriptedAnswerer(ScriptedAnswering(seed=seed))
            sheet = await answer_all(items, answerer, answers, [Method.LIKELIHOOD], 256)
            found.append(scores_of(items, sheet))
        return found
