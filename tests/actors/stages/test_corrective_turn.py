"""A revision that fails a check is asked for once more, by the stage, and never lost for it."""

from __future__ import annotations

import orjson

from actors.engines import RequestFailed
from actors.stages import ReviseStage
from generation.requests import ModelAnswer, ModelRequest
from generation.samples import Revision
from generation.tasks import GenerationSettings
from streams import topics
from tests.actors.stages.test_generation_stages import Asked, Workshop, answer, at, drafted, outcome_of  # noqa: F401
from tests.streams.event_examples import planned_item

ONCE = f"{planned_item().id}/revise/0"
AGAIN = f"{ONCE}/correct"
FACT = planned_item().evidence[0].text


def bad(request: ModelRequest, index: int) -> str:
    """Write what the checks hold."""
    return orjson.dumps(orjson.loads(answer(request, index)) | {"question": "What is it", "rationale": "No."}).decode()


def good_when_corrected(request: ModelRequest, index: int) -> str:
    """Write badly, then well."""
    if request.id != AGAIN:
        return bad(request, index)
    return orjson.dumps(orjson.loads(answer(request, index)) | {"rationale": FACT}).decode()


class Forgetful(Asked):
    """An engine whose model cannot hold a chat that has grown."""

    async def generate(self, request: ModelRequest, images: object = None) -> ModelAnswer:
        if request.id == AGAIN:
            self.calls[request.id] += 1
            raise RequestFailed("prompt-too-long", "too many tokens")
        return await super().generate(request, images)


async def revised(shop: Workshop, engine: Asked, corrective_turns: int = 1) -> Revision:
    stage = shop.stage(ReviseStage, engine)
    settings = GenerationSettings(
        draft_candidates=1, revision_candidates=1, corrective_turns=corrective_turns, hold_on_model_verdict=False
    )
    object.__setattr__(stage._parts, "settings", settings)

    [told] = (await outcome_of(stage, drafted())).emit
    found: Revision = topics.REVISED.read(told).revision
    return found


def test_what_fails_is_asked_for_once_more_and_the_better_one_counts(at) -> None:  # noqa: F811
    async def check(shop: Workshop) -> None:
        engine = Asked(good_when_corrected)
        found = await revised(shop, engine)
        assert dict(engine.calls) == {ONCE: 1, AGAIN: 1}
        assert found.corrected is not None
        assert found.writing is not None
        assert (found.writing.rationale, found.reasons) == (FACT, ())

    at(check)


def test_what_fails_again_is_held_with_reasons(at) -> None:  # noqa: F811
    async def check(shop: Workshop) -> None:
        engine = Asked(bad)
        found = await revised(shop, engine)
        assert dict(engine.calls) == {ONCE: 1, AGAIN: 1}
        assert found.reasons

    at(check)


def test_no_turn_is_taken_where_settings_allow_none(at) -> None:  # noqa: F811
    async def check(shop: Workshop) -> None:
        engine = Asked(bad)
        found = await revised(shop, engine, corrective_turns=0)
        assert dict(engine.calls) == {ONCE: 1}
        assert found.reasons
        assert found.corrected is None

    at(check)


def test_a_chat_too_long_to_go_on_keeps_the_first_revision(at) -> None:  # noqa: F811
    async def check(shop: Workshop) -> None:
        engine = Forgetful(bad)
        found = await revised(shop, engine)
        assert dict(engine.calls) == {ONCE: 1, AGAIN: 1}
        assert found.reasons
        assert found.corrected is None

    at(check)
