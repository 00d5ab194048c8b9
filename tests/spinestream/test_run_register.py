"""Taking documents in and counting where they stand, on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from generation.ids import source_version
from generation.items import Kind
from generation.sources import Language
from spinestream.embedded import Addresses
from spinestream.running.find import find
from spinestream.running.register import Registered, Registrar
from spinestream.running.request import RunRequest
from spinestream.settings import Settings
from spinestream.wiring import Parts, connected
from spinestream.withdrawal import withdraw_source
from spinestream.workdir import Workdir
from streams.errors import DependencyDown
from streams.intake.documents import DocumentSettings, Metadata
from streams.payloads import Wanted
from streams.splits import SplitSettings
from tests.spinestream.cli.front_door import LUMBAR, NECK, NECK_SIDE_FILE, write_documents, write_pdf

WANTED = (Wanted(kind=Kind.MCQ, language=Language.EN),)
SPLIT = SplitSettings(key=SecretStr("a key"))
OnParts = Callable[[Callable[[Parts], Awaitable[None]]], None]


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    return Workdir.open(tmp_path / "W")


@pytest.fixture
def on_parts(place: Workdir, mongodb_url: str, redis_url: str, mongo_db: str) -> OnParts:
    """Runs an async test on a store and a queue; there is no broker."""

    def run(test: Callable[[Parts], Awaitable[None]]) -> None:
        async def go() -> None:
            addresses = Addresses(mongodb=mongodb_url, redis=redis_url)
            async with connected(place, Settings(database=mongo_db), addresses) as parts:
                await parts.prepare()
                await test(parts)

        asyncio.run(go())

    return run


async def _nothing() -> None:
    """Nothing is to be mended."""


async def _register(parts: Parts, place: Workdir, *paths: Path, licence: str | None = None, **more: Any) -> Registered:
    found = find(paths, more.get("metadata"), DocumentSettings(), place)
    registrar = Registrar(
        parts, SPLIT, DocumentSettings(), RunRequest(paths, WANTED, licence=licence), more.get("mend", _nothing)
    )
    return await registrar.register(
        found.candidates, found.refusals, lambda _: None, more.get("stopped", lambda: False)
    )


def test_documents_come_in_once(on_parts: OnParts, place: Workdir, tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "docs")

    async def test(parts: Parts) -> None:
        first = await _register(parts, place, folder)
        assert (len(first.versions), first.new, first.refused) == (3, 3, [])
        again = await _register(parts, place, folder)
        assert (again.versions, again.new) == (first.versions, 0)
        (tmp_path / "copy.md").write_text(LUMBAR)
        copy = await _register(parts, place, tmp_path / "copy.md")
        assert (copy.versions, copy.new) == ([source_version(LUMBAR.encode())], 0)
        neck = await parts.sources.get(source_version(NECK.encode()))
        assert neck is not None
        told = {name: neck[name] for name in ("id", "title", "licence", "name", "unsent")}
        assert told == {
            "id": "neck-notes", "title": "Notes on the neck", "licence": "CC-BY-4.0", "name": "neck.txt",
            "unsent": True,
        }  # fmt: skip

    on_parts(test)


def test_a_bad_file_is_refused_by_name_and_the_rest_comes_in(
    on_parts: OnParts, place: Workdir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_documents(tmp_path / "docs")
    (folder / "empty.md").write_bytes(b"")
    (folder / "sheet.xlsx").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)

    async def test(parts: Parts) -> None:
        found = await _register(parts, place, folder)
        assert len(found.versions) == 3
        told = {one.path: one.why.split(":")[0] for one in found.refused}
        assert told == {"docs/empty.md": "empty", "docs/sheet.xlsx": "unsupported"}

    on_parts(test)


def test_a_licence_is_given_to_those_that_name_none(on_parts: OnParts, place: Workdir, tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "docs")

    async def test(parts: Parts) -> None:
        await _register(parts, place, folder, licence="MIT")
        found = {one["name"]: one["licence"] for one in await parts.sources.known()}
        assert found == {"lumbar.md": "MIT", "neck.txt": "CC-BY-4.0", "sacral.pdf": "MIT"}

    on_parts(test)


def test_a_new_version_of_an_id_supersedes_the_old_one(on_parts: OnParts, place: Workdir, tmp_path: Path) -> None:
    file = tmp_path / "neck.txt"
    (tmp_path / "neck.meta.yaml").write_text(NECK_SIDE_FILE)

    async def test(parts: Parts) -> None:
        file.write_text(NECK)
        [old] = (await _register(parts, place, file)).versions
        file.write_text(NECK + "A disc protrusion was seen at C5/C6.\n")
        [new] = (await _register(parts, place, file)).versions
        found = {one["_id"]: one.get("superseded_by") for one in await parts.sources.known()}
        assert found == {old: new, new: None}

    on_parts(test)


def test_withdrawn_bytes_and_a_withdrawn_id_are_refused(on_parts: OnParts, place: Workdir, tmp_path: Path) -> None:
    file = tmp_path / "neck.txt"
    (tmp_path / "neck.meta.yaml").write_text(NECK_SIDE_FILE)

    async def test(parts: Parts) -> None:
        file.write_text(NECK)
        await _register(parts, place, file)
        await withdraw_source(parts, "neck-notes", "Dr Li", "consent")
        for text in (NECK, NECK + "More.\n"):
            file.write_text(text)
            found = await _register(parts, place, file)
            assert found.versions == []
            assert "withdrawn" in found.refused[0].why
        (tmp_path / "neck.meta.yaml").unlink()
        file.write_text(NECK)
        found = await _register(parts, place, file)
        assert "these bytes are source neck-notes, which was withdrawn" in found.refused[0].why

    on_parts(test)


def test_an_interrupted_run_counts_what_it_did_not_come_to(on_parts: OnParts, place: Workdir, tmp_path: Path) -> None:
    folder, looks = write_documents(tmp_path / "docs"), iter([False, True])

    async def test(parts: Parts) -> None:
        found = await _register(parts, place, folder, stopped=lambda: next(looks))
        assert (len(found.versions), found.untaken) == (1, 2)

    on_parts(test)


def test_a_server_that_comes_back_costs_no_document(
    on_parts: OnParts, place: Workdir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, mended = write_documents(tmp_path / "docs"), []

    async def mend() -> None:
        mended.append(1)

    async def test(parts: Parts) -> None:
        real = parts.sources.get

        async def get(version: str) -> Any:
            if len(mended) < 2:
                raise DependencyDown("mongodb", "killed")
            return await real(version)

        monkeypatch.setattr(parts.sources, "get", get)
        found = await _register(parts, place, folder, mend=mend)
        assert (len(found.versions), len(mended)) == (3, 2)
        mended.clear()
        monkeypatch.setattr(parts.sources, "get", _down)
        with pytest.raises(DependencyDown):
            await _register(parts, place, folder, mend=mend)

    on_parts(test)


async def _down(version: str) -> None:
    raise DependencyDown("mongodb", "killed for good")


def test_flags_name_one_document(on_parts: OnParts, place: Workdir, tmp_path: Path) -> None:
    write_pdf(tmp_path / "scan.pdf")

    async def test(parts: Parts) -> None:
        told = Metadata(id="guide", title="A guide", licence="MIT", citation="Li 2026")
        [version] = (await _register(parts, place, tmp_path / "scan.pdf", metadata=told)).versions
        found = await parts.sources.get(version)
        assert found is not None
        assert (found["id"], found["title"], found["licence"], found["citation"]) == (
            "guide",
            "A guide",
            "MIT",
            "Li 2026",
        )

    on_parts(test)


def test_the_work_folder_in_the_folder_given_is_no_document(tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    place = Workdir.open(tmp_path / "docs" / "work")
    (place.logs / "store.log").write_text("a log")
    (place.run / "settings.json").write_text("{}")
    place.blobs.mkdir()
    (place.blobs / "abc").write_bytes(b"x")
    (place.root / "mine.md").write_text(LUMBAR)
    found = find([tmp_path / "docs"], None, DocumentSettings(), place)
    assert [one.path.name for one in found.candidates] == ["lumbar.md", "neck.txt", "sacral.pdf", "mine.md"]
    assert found.refusals == []
