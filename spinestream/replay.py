"""Replaying dead letters across all who know of them: the sample lives again, the letter is marked, the bytes go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from review_bridge.parts import Part, RevivedPart
from review_bridge.sink import ITEM_STAGES
from spinestream.wiring import Parts


class Replayed(NamedTuple):
    """What a replay did."""

    letters: list[str]
    sent: bool
    """False where no broker runs: the letters are marked, and the reconciler of the next run sends them."""


async def replay_letters(parts: Parts, letter_ids: Sequence[str] | None) -> Replayed:
    """Replay the letters named, or all that are dead (None); those that were replayed before are left as they are.

    The sample is told here, and not only by the notice in the log: else a later run would find it dead, have nothing to
    do and never send the letter. Raises DeadLetterUnknown before anything is marked.
    """
    if letter_ids is None:
        letters = await parts.dead_letters.listed("dead")
    else:
        named = [await parts.dead_letters.get(one) for one in letter_ids]
        letters = [one for one in named if one["status"] != "replayed"]
    revived: list[Part] = [
        RevivedPart(one["subject"], f"{one['_id']}:{one['burial']}")
        for one in letters
        if one["group"] in ITEM_STAGES and one["subject"]
    ]
    await parts.store.merge([one for one in revived if await parts.store.get(one.item_id)])
    for one in letters:
        await parts.dead_letters.replay(one["_id"])
    if parts.publisher is not None:
        await parts.dead_letters.finish_replays(parts.publisher)
    return Replayed([one["_id"] for one in letters], parts.publisher is not None)
