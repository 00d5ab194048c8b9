"""Versions, answers and scores of one test alone, on the session's real store and a folder of blobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from bench.items.versions import Versions
from bench.runner.answers import Answers
from bench.runner.scores import Scores
from streams.blobs import BlobStore
from streams.sources import Sources
from tests.streams.event_examples import Recorder


@dataclass
class Stand:
    """What a test of the bench works on; lives in the event loop of `run`."""

    database: AsyncDatabase[dict[str, Any]]
    blobs: BlobStore
    sources: Sources
    versions: Versions
    answers: Answers
    scores: Scores
    publisher: Recorder


Run = Callable[[Callable[[Stand], Awaitable[Any]]], Any]


@pytest.fixture
def run(mongodb_url: str, mongo_db: str, tmp_path: Path) -> Run:
    """Runs a coroutine function that takes a `Stand`."""

    def go(work: Callable[[Stand], Awaitable[Any]]) -> Any:
        async def opened() -> Any:
            async with AsyncMongoClient[dict[str, Any]](mongodb_url, w="majority") as client:
                blobs, database = BlobStore(str(tmp_path / "blobs")), client[mongo_db]
                sources = Sources(database, blobs)
                versions = Versions(database, blobs, sources)
                stand = Stand(database, blobs, sources, versions, Answers(database), Scores(database), Recorder())
                for owner in (sources, versions, stand.answers, stand.scores):
                    await owner.prepare()
                return await work(stand)

        return asyncio.run(opened())

    return go
