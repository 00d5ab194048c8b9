"""How often the bundled model reads a source as a person labelled it; the labels lie in `data/readings.yaml`."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generation.ids import source_version
from generation.reading import make_reading, packaged_vocabulary, read_request
from generation.readings import Reading
from generation.requests import ModelRequest
from generation.sources import Document, Language, SourceRef, Split
from generation.tasks import small_model_profile
from streams.intake.documents import find_documents, read_content, read_document
from streams.intake.documents.settings import DEFAULT_SETTINGS
from tests.prove.row import Row, row

ROOT = Path(__file__).resolve().parents[2]
LABELS = Path(__file__).with_name("data") / "readings.yaml"
CONSTANT, NONE = "spine", "none"
"""What somebody says who reads nothing."""


@dataclass(frozen=True)
class Labelled:
    """A document and what a person says of it."""

    name: str
    set: str
    source: SourceRef
    document: Document
    specialty: str
    conditions: tuple[str, ...]

    def told(self, reading: Reading) -> tuple[bool, bool]:
        """Return whether the specialty, and whether the condition, is as labelled."""
        return reading.specialty == self.specialty, (reading.condition or NONE) in self.conditions


@row("reading")
def reading(folder: Path) -> Row:
    """Each labelled document asked of the bundled model, as the read stage asks."""
    result = Row("readings of the small model", "documents and short texts labelled by hand; no bar is set")
    labelled = [*_files(), *_texts()]
    requests = [_request(one) for one in labelled]
    began = time.monotonic()
    readings = asyncio.run(_read(labelled, requests))
    seconds = time.monotonic() - began
    tokens = sorted(one.provenance.prompt_tokens for one in readings if one.provenance) or [0]
    result.say(f"{len(labelled)} read in {seconds:.0f} s; prompt tokens {tokens[0]} to {tokens[-1]}")
    result.check(f"unread {sum(bool(one.unread) for one in readings)}", not any(one.unread for one in readings))
    for name in dict.fromkeys(one.set for one in labelled):
        told = [one.told(found) for one, found in zip(labelled, readings, strict=True) if one.set == name]
        right = (sum(first for first, _ in told), sum(first and second for first, second in told))
        spine = [one for one in labelled if one.set == name and one.specialty == CONSTANT]
        both = sum(NONE in one.conditions for one in spine)
        result.say(
            f"{name}: specialty {right[0]} of {len(told)}, specialty and condition {right[1]} of {len(told)} "
            f"(who always says {CONSTANT}/{NONE}: {len(spine)} and {both})"
        )
    said = Counter(f"{one.specialty}/{one.condition or NONE}" for one in readings)
    result.say("said most often: " + ", ".join(f"{name} {count}" for name, count in said.most_common(4)))
    for one, found in zip(labelled, readings, strict=True):
        if one.set == "files":
            result.say(f"{one.name}: {found.specialty}/{found.condition or NONE} (label {'|'.join(one.conditions)})")
    return result


async def _read(labelled: list[Labelled], requests: list[ModelRequest]) -> list[Reading]:
    from actors.engines import open_engine

    engine = await asyncio.to_thread(open_engine, "vllm", {"max_num_seqs": 16})
    try:
        answers = await asyncio.gather(*(engine.generate(request) for request in requests))
    finally:
        await engine.close()
    return [
        make_reading(packaged_vocabulary(), one.document.language, request, answer, 0.0, "here")
        for one, request, answer in zip(labelled, requests, answers, strict=True)
    ]


def _request(one: Labelled) -> ModelRequest:
    return read_request(one.source, one.document, packaged_vocabulary(), small_model_profile().few_shot)


def _files() -> list[Labelled]:
    found = []
    for label in yaml.safe_load(LABELS.read_text("utf-8"))["files"]:
        [candidate], _ = find_documents([ROOT / label["file"]])
        content = read_content(candidate.path)
        document = read_document(content, candidate.media_type, candidate.metadata.language, DEFAULT_SETTINGS)
        title = candidate.metadata.title or candidate.path.stem
        found.append(_labelled("files", candidate.path.name, title, content, candidate.media_type, document, label))
    return found


def _texts() -> list[Labelled]:
    found = []
    for label in yaml.safe_load(LABELS.read_text("utf-8"))["texts"]:
        language = Language(label.get("language", "en"))
        content = label["text"].encode()
        document = read_document(content, "text/plain", language, DEFAULT_SETTINGS)
        name = f"short texts, {language.value}"
        found.append(_labelled(name, label["title"], label["title"], content, "text/plain", document, label))
    return found


def _labelled(
    of: str, name: str, title: str, content: bytes, media_type: str, document: Document, label: dict[str, Any]
) -> Labelled:
    version = source_version(content)
    source = SourceRef(id=version, version=version, title=title, split=Split.TRAIN, media_type=media_type)
    return Labelled(name, of, source, document, label["specialty"], tuple(label["conditions"]))
