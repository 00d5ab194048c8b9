"""A document to be read, a vocabulary of another kind, and answers."""

from __future__ import annotations

import orjson

from generation.ids import source_version
from generation.requests import Candidate, ModelAnswer
from generation.sources import Document, Language, Passage, Sentence, SourceRef, Split

MINE = """
name: mine
version: "3"
conditions_of: back
specialties:
  - {id: back, name: {en: Backs, zh: 脊柱}, about: {en: all of the back, zh: 脊柱}}
  - {id: rest, name: {en: The rest, zh: 其他}, about: {en: all other, zh: 其他}}
conditions:
  - {id: bent, name: {en: Bent, zh: 弯}, about: {en: a bent back, zh: 弯}}
"""


def source(title: str = "Lumbar disc disease") -> SourceRef:
    return SourceRef(
        id="guide", version=source_version(title.encode()), title=title, split=Split.TRAIN, media_type="text/plain"
    )


def document(
    sentences: list[str], headings: tuple[str, ...] = ("The lumbar spine",), language: Language = Language.EN
) -> Document:
    """A passage a sentence, the headings given to them in turn."""
    passages = tuple(
        Passage(
            id=f"p{number}",
            heading_path=(headings[number % len(headings)],) if headings else (),
            start=0,
            end=1,
            sentences=(Sentence(id=f"p{number}s1", text=text, start=0, end=len(text)),),
        )
        for number, text in enumerate(sentences, 1)
    )
    return Document(language=language, characters=sum(map(len, sentences)), passages=passages)


def answer(*raws: str | dict[str, object]) -> ModelAnswer:
    texts = [raw if isinstance(raw, str) else orjson.dumps(raw).decode() for raw in raws]
    return ModelAnswer(
        candidates=tuple(Candidate(text=text, finish="stop", output_tokens=9) for text in texts),
        prompt_tokens=400,
        model="a model",
        model_digest="0" * 64,
        engine="scripted 1",
    )
