"""One small source, its items of a kind and language, and what a model could answer about them."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from generation.criteria import load_criteria
from generation.ids import source_version
from generation.items import Fact, Kind, PlannedItem
from generation.planning import make_plan
from generation.requests import Candidate, ModelAnswer
from generation.samples import Draft, Revision
from generation.sources import Document, Language, Passage, Sentence, SourceRef, Split
from generation.tasks import GenerationSettings, task_for

TEXTS = (
    "A typist had numbness of the middle finger and pain in the left shoulder.",
    "There was a right foraminal disc protrusion at C6/C7 on MRI.",
    "The disc at C5/C6 was normal.",
)
SETTINGS = GenerationSettings()
QUESTION = "Which finding explains the numbness of the middle finger?"
FACT = "There was a right foraminal disc protrusion at C6/C7 on MRI."
WRONG = "There was a left foraminal disc protrusion at C6/C7 on MRI."
"""The other side."""


@cache
def item_of(kind: Kind = Kind.MCQ, language: Language = Language.EN) -> PlannedItem:
    """The first item of the source; of the kinds that are planned from more than three sentences, one made of it."""
    if kind in (Kind.CONSULTATION, Kind.REPORT):
        item = item_of(Kind.OPEN_QA, language)
        return item.model_copy(update={"kind": kind, "facts": (Fact(target=item.target, support=item.support),)})
    sentences, at = [], 0
    for number, text in enumerate(TEXTS, start=1):
        sentences.append(Sentence(id=f"p1s{number}", text=text, start=at, end=at + len(text)))
        at += len(text) + 1
    passage = Passage(id="p1", start=0, end=at, sentences=tuple(sentences))
    version = source_version(b"typist")
    source = SourceRef(id="typist", version=version, title="t", split=Split.TRAIN, media_type="text/plain")
    document = Document(language=Language.EN, characters=at, passages=(passage,))
    return make_plan(source, document, kind, language).items[0]


def answer(*texts: str, finish: str = "stop", random_weights: bool = False) -> ModelAnswer:
    return ModelAnswer(
        candidates=tuple(Candidate(text=text, finish=finish, output_tokens=7) for text in texts),
        prompt_tokens=11,
        model="m",
        model_digest="d",
        engine="scripted 1",
        random_weights=random_weights,
    )


def drafted(question: str = QUESTION, rationale: str = FACT, **changes: object) -> str:
    """A draft completion of a multiple choice item; `answer=` makes it one of an open question."""
    whole = {"level": "C6/C7", "citations": ["p1s2", "p1s1"], "rationale": rationale, "question": question} | changes
    return orjson.dumps(whole).decode()


def revised(
    question: str = QUESTION, rationale: str = FACT, *, kind: Kind = Kind.MCQ, passed: bool = True, **changes: object
) -> str:
    """A revision completion; the verdict of each criterion that a model judges is `passed`."""
    verdict = {"pass": passed, "why": "It asks one thing."}
    whole = {
        "rationale": rationale,
        "question": question,
        "citations": ["p1s2"],
        "verdicts": {criterion.id: verdict for criterion in load_criteria(kind).judged_by_model()},
    }
    return orjson.dumps(whole | changes).decode()


def draft_of(item: PlannedItem, *texts: str, random_weights: bool = False) -> Draft:
    task = task_for(item.kind)
    said = answer(*texts, random_weights=random_weights)
    return task.make_draft(item, said, task.draft_request(item, SETTINGS, 0), 1.5, "host")


def revise(
    item: PlannedItem,
    draft: Draft,
    *texts: str,
    settings: GenerationSettings = SETTINGS,
    round_: int = 0,
    random_weights: bool = False,
) -> Revision:
    task = task_for(item.kind)
    request = task.revise_request(item, draft, settings, round_)
    said = answer(*texts, random_weights=random_weights)
    return task.make_revision(item, draft, said, request, 1.5, "host", settings)


def fullest(schema: dict[str, Any], letter: str) -> Any:
    """The longest value of a schema, found by another way than by adding lengths."""
    if "enum" in schema:
        return max(schema["enum"], key=len)
    if schema["type"] == "boolean":
        return False
    if schema["type"] == "string":
        return letter * schema["maxLength"]
    if schema["type"] == "array":
        first = [fullest(part, letter) for part in schema.get("prefixItems", ())]
        return first + [fullest(schema["items"], letter)] * (schema["maxItems"] - len(first))
    return {name: fullest(part, letter) for name, part in schema["properties"].items()}
