from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from spinestream.embedded import JarsUnavailable, PackageMissing, jars, prepare


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, and a class path of one small jar."""
    monkeypatch.setenv("JGO_CACHE_DIR", str(tmp_path / "cache"))
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"tested bytes")
    sums = tmp_path / "sums"
    sums.write_text("9a4b3d2c a.jar\n")
    monkeypatch.setattr(jars, "CHECKSUMS", sums)
    import hashlib

    sums.write_text(f"{hashlib.sha256(b'tested bytes').hexdigest()}  a.jar\n")
    return jar


def resolver(monkeypatch: pytest.MonkeyPatch, found: list[Path]) -> list[bool]:
    """Put a resolver in jgo's place; returns the list of its calls (whether it was told to update)."""
    calls: list[bool] = []

    def build(_: str, *, update: bool, cache_dir: Path) -> SimpleNamespace:
        calls.append(update)
        return SimpleNamespace(all_jars=found)

    monkeypatch.setitem(sys.modules, "jgo", SimpleNamespace(build=build))
    return calls


def test_resolved_once_then_never_again(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = resolver(monkeypatch, [small])
    assert prepare() == [small]
    monkeypatch.setitem(sys.modules, "jgo", None)  # importing it would now fail
    assert prepare() == [small]
    assert calls == [False]


def test_a_cut_off_jar_is_resolved_again(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = resolver(monkeypatch, [small])
    prepare()
    small.write_bytes(b"cut")
    assert jars.cached() is None
    with pytest.raises(JarsUnavailable, match=r"a\.jar"):
        prepare()
    assert calls == [False, False, True]


def test_bytes_that_were_not_tested_are_not_run(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small.write_bytes(b"other  bytes")
    resolver(monkeypatch, [small])
    with pytest.raises(JarsUnavailable, match="not the expected ones"):
        prepare()
    assert jars.cached() is None


def test_without_network_the_error_says_what_to_do(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: object, **__: object) -> None:
        raise OSError("no route to a host")

    monkeypatch.setitem(sys.modules, "jgo", SimpleNamespace(build=build))
    with pytest.raises(JarsUnavailable, match="SPINESTREAM_KAFKA") as caught:
        prepare()
    assert "spinestream servers prepare" in str(caught.value)


def test_without_jgo_the_error_names_the_package(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo", None)
    with pytest.raises(PackageMissing, match="jgo"):
        prepare()


def test_the_list_of_checksums_names_one_broker_and_its_own_client() -> None:
    names = [line.split()[1] for line in jars.CHECKSUMS.read_text().splitlines()]
    assert len(names) == len(set(names)) == 46
    assert {"kafka_2.13-4.3.1.jar", "kafka-clients-4.3.1.jar", "log4j-slf4j-impl-2.25.4.jar"} <= set(names)
