"""Adapters in a real blob store: stored and fetched under their digest, whatever the cache holds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actors.adapters import fetch_adapter, store_adapter
from actors.engines.adapters import CONFIG, WEIGHTS, read_adapter
from actors.engines.errors import EngineNotUsable
from streams.blobs import BlobStore
from streams.model_payloads import AdapterRef
from tests.actors.made_adapters import plain


@pytest.fixture
def blobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlobStore:
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "cache"))
    return BlobStore(str(tmp_path / "blobs"))


def stored(blobs: BlobStore, folder: Path, called: str = "spine") -> AdapterRef:
    return asyncio.run(store_adapter(blobs, folder, called=called, model="small", model_digest="a" * 64))


def beside(folder: Path) -> list[str]:
    """Return what was left beside a folder; its lock file stays."""
    return [one.name for one in folder.parent.iterdir() if one != folder and one.suffix != ".lock"]


def test_what_was_stored_is_fetched_under_its_digest(blobs: BlobStore, tmp_path: Path) -> None:
    made = plain(tmp_path / "out")
    ref = stored(blobs, made)
    found = asyncio.run(fetch_adapter(blobs, ref))
    assert found.name == ref.name == f"spine@{ref.digest[:12]}"
    assert found.folder == tmp_path / "cache" / "adapters" / ref.name
    assert (found.rank, found.targets) == (8, ("q_proj", "v_proj"))
    assert (found.model, found.model_digest) == ("small", "a" * 64)
    for name in (CONFIG, WEIGHTS):
        assert (found.folder / name).read_bytes() == (made / name).read_bytes()
    assert read_adapter(found.folder).name == ref.name
    assert stored(blobs, found.folder) == ref, "the same files give the same reference"


def test_it_is_fetched_once(blobs: BlobStore, tmp_path: Path) -> None:
    ref = stored(blobs, plain(tmp_path / "out"))
    first = asyncio.run(fetch_adapter(blobs, ref))
    for address in (ref.config, ref.weights):
        blobs.erase(address)
    assert asyncio.run(fetch_adapter(blobs, ref)) == first


@pytest.mark.parametrize("file", [CONFIG, WEIGHTS])
def test_a_cache_that_holds_other_bytes_is_mended(blobs: BlobStore, tmp_path: Path, file: str) -> None:
    made = plain(tmp_path / "out")
    ref = stored(blobs, made)
    damaged = asyncio.run(fetch_adapter(blobs, ref)).folder / file
    damaged.write_bytes(damaged.read_bytes()[:-3])
    found = asyncio.run(fetch_adapter(blobs, ref))
    assert (found.folder / file).read_bytes() == (made / file).read_bytes()
    (found.folder / file).unlink()
    assert (asyncio.run(fetch_adapter(blobs, ref)).folder / file).exists()
    assert beside(found.folder) == []


def test_many_may_fetch_it_at_once(blobs: BlobStore, tmp_path: Path) -> None:
    ref = stored(blobs, plain(tmp_path / "out"))

    async def fetch() -> set[Path]:
        return {one.folder for one in await asyncio.gather(*(fetch_adapter(blobs, ref) for _ in range(8)))}

    (folder,) = asyncio.run(fetch())
    assert beside(folder) == []


def test_other_bytes_than_its_digest_are_refused(blobs: BlobStore, tmp_path: Path) -> None:
    one, other = stored(blobs, plain(tmp_path / "one", 1)), stored(blobs, plain(tmp_path / "two", 2))
    for change in (
        {"weights": other.weights},
        {"config": other.weights},
        {"digest": other.digest},
        {"name": other.name},
        {"name": f"../{one.name}"},
        {"name": "spine"},
    ):
        with pytest.raises(EngineNotUsable, match="is not named by its bytes"):
            asyncio.run(fetch_adapter(blobs, one.model_copy(update=change)))
    assert not (tmp_path / "cache").exists()


def test_bytes_that_are_missing_or_damaged_are_refused(blobs: BlobStore, tmp_path: Path) -> None:
    ref = stored(blobs, plain(tmp_path / "out"))
    place = tmp_path / "blobs" / ref.weights[:2] / ref.weights[2:]
    place.write_bytes(b"other bytes")
    with pytest.raises(EngineNotUsable, match=r"cannot be fetched.*sha256"):
        asyncio.run(fetch_adapter(blobs, ref))
    place.unlink()
    with pytest.raises(EngineNotUsable, match=r"cannot be fetched.*not in the blob store"):
        asyncio.run(fetch_adapter(blobs, ref))


def test_what_is_no_adapter_or_no_name_is_not_stored(blobs: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EngineNotUsable, match="no LoRA adapter"):
        stored(blobs, tmp_path / "empty")
    with pytest.raises(EngineNotUsable, match="cannot be called"):
        stored(blobs, plain(tmp_path / "out"), called="../up")
