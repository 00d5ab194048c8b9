"""What a model is asked of a source: two choices out of the vocabulary, and nothing that it could write freely."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from generation.prompts import Prompt, load_prompt
from generation.reading.excerpt import TITLE_TOKENS, cut, excerpt_of
from generation.reading.vocabulary import NONE, Vocabulary
from generation.requests import ModelRequest
from generation.sources import Document, Language, SourceRef
from generation.tasks import schemas
from generation.tasks.provenance import request_id, seed_of

READ = "read"
MAX_TOKENS = 96
"""Output tokens at most: two ids of 40 characters in their braces."""


def read_request(
    source: SourceRef, document: Document, vocabulary: Vocabulary, few_shot: int, round_: int = 0
) -> ModelRequest:
    """Return the request that asks for specialty and condition, once and without chance."""
    name = request_id(source.version, READ, round_)
    shown = excerpt_of(document)
    given = {
        "title": cut(source.title, TITLE_TOKENS),
        "headings": list(shown.headings),
        "sentences": list(shown.sentences),
    }
    return ModelRequest(
        id=name,
        turns=_prompt(vocabulary, document.language).turns(given, few_shot, _rules(vocabulary, document.language)),
        answer_schema=answer_schema(vocabulary),
        max_tokens=MAX_TOKENS,
        temperature=0.0,
        candidates=1,
        seed=seed_of(name),
    )


def prompt_label(language: Language) -> str:
    """Return the name and version of the prompt for documents of a language."""
    return load_prompt(READ, language).label


def answer_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the schema of an answer: a specialty, then a condition or `none`."""
    return schemas.fields(
        {
            "specialty": schemas.one_of([entry.id for entry in vocabulary.specialties]),
            "condition": schemas.one_of([*(entry.id for entry in vocabulary.conditions), NONE]),
        }
    )


@lru_cache(maxsize=8)
def _prompt(vocabulary: Vocabulary, language: Language) -> Prompt:
    """Return the prompt with those of its examples whose answers are ids of the vocabulary."""
    prompt = load_prompt(READ, language)
    specialties = {entry.id for entry in vocabulary.specialties}
    conditions = {entry.id for entry in vocabulary.conditions} | {NONE}
    fitting = tuple(
        one
        for one in prompt.examples
        if one.answer["specialty"] in specialties and one.answer["condition"] in conditions
    )
    return prompt.model_copy(update={"examples": fitting})


@lru_cache(maxsize=8)
def _rules(vocabulary: Vocabulary, language: Language) -> dict[str, Any]:
    def told(entries: Any) -> list[dict[str, str]]:
        return [{"id": one.id, "name": one.name.of(language), "about": one.about.of(language)} for one in entries]

    return {
        "specialties": told(vocabulary.specialties),
        "conditions": told(vocabulary.conditions),
        "conditions_of": vocabulary.conditions_of,
    }
