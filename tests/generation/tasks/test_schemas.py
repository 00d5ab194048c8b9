"""The bound of a request: no value of its schema needs more tokens than it allows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_samples import SETTINGS, draft_of, fullest, item_of

from generation.items import Kind
from generation.requests import ModelRequest
from generation.sources import Language
from generation.tasks import GenerationSettings, small_model_profile, task_for
from generation.tasks.schemas import fields, longest, max_tokens, one_of, text

HAN = "\u9fa5"


def needed(schema: dict[str, Any], letter: str) -> int:
    """Tokens of the longest value where every byte is one: what a byte-level tokenizer needs, at most."""
    return len(json.dumps(fullest(schema, letter), ensure_ascii=False).encode())


NAMES = st.text("abcdefgh_", min_size=1, max_size=8)
LEAVES = st.one_of(
    st.integers(1, 40).map(lambda most: {"type": "string", "minLength": 0, "maxLength": most}),
    st.lists(NAMES, min_size=1, max_size=4).map(one_of),
    st.just({"type": "boolean"}),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.dictionaries(NAMES, inner, min_size=1, max_size=4).map(fields),
        st.tuples(inner, st.integers(1, 5)).map(lambda p: {"type": "array", "items": p[0], "maxItems": p[1]}),
        st.tuples(inner, inner, st.integers(1, 5)).map(
            lambda p: {"type": "array", "prefixItems": [p[0]], "items": p[1], "maxItems": p[2]}
        ),
    ),
    max_leaves=12,
)


@given(SCHEMAS)
def test_no_value_is_longer_than_the_bound(schema: dict[str, Any]) -> None:
    assert needed(schema, "x") <= longest(schema, 1)
    assert needed(schema, HAN) <= longest(schema, 3)


@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": "array", "items": {"type": "boolean"}}])
def test_what_is_not_bounded_has_no_bound(schema: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        longest(schema, 1)


def both_requests(kind: Kind, language: Language, settings: GenerationSettings) -> list[ModelRequest]:
    task, item = task_for(kind), item_of(kind, language)
    return [task.draft_request(item, settings, 0), task.revise_request(item, draft_of(item, "{"), settings, 0)]


@pytest.mark.parametrize("settings", [SETTINGS, small_model_profile()], ids=["general", "small"])
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(Kind))
def test_every_request_leaves_room_for_its_longest_answer(
    kind: Kind, language: Language, settings: GenerationSettings
) -> None:
    for request in both_requests(kind, language, settings):
        letter = "x" if language is Language.EN else HAN
        assert needed(request.answer_schema, letter) <= request.max_tokens < settings.max_tokens


def test_both_languages_may_say_as_much() -> None:
    assert text((20, 160), Language.EN) == {"type": "string", "minLength": 20, "maxLength": 160}
    assert text((20, 160), Language.ZH) == {"type": "string", "minLength": 7, "maxLength": 54}
    wide = GenerationSettings(text_scale=2.5)
    assert text((20, 160), Language.EN, wide)["maxLength"] == 400
    assert text((20, 160), Language.EN, wide)["minLength"] == 20


def test_a_cap_is_a_cap() -> None:
    schema = fields({"question": text((20, 160), Language.EN)})
    assert max_tokens(schema, Language.EN, GenerationSettings(max_tokens=50)) == 50
    assert max_tokens(schema, Language.EN, SETTINGS) < 200
