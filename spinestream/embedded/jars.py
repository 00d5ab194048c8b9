"""Apache Kafka's jars: resolved once by Maven coordinates into the user's cache, compared with checksums kept here.

`jgo` puts them under `~/.cache/jgo` (or `JGO_CACHE_DIR`). Once they are there no start touches the network, nor even
imports jgo. What is resolved is compared with `kafka-jars.sha256`: a cut-off download, a changed artifact or another
version chosen by the resolver is not run.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from spinestream.embedded.errors import JarsUnavailable, PackageMissing
from spinestream.embedded.state import Lock, write_private

COORDINATES = "org.apache.kafka:kafka_2.13:4.3.1+org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!"
"""The broker, and the binding that makes it log. The `!` keeps the binding's own dependency table out, which would
bring kafka-clients 3.9.1."""

CHECKSUMS = Path(__file__).with_name("kafka-jars.sha256")


def prepare() -> list[Path]:
    """Have the jars, resolving and checking them if they are not here (44 MB, some 20 s); returns the class path.

    Call it while the network is there, e.g. when the package is installed. Raises `JarsUnavailable` with what to do.
    """
    found = cached()
    if found is not None:
        return found
    cache = _cache()
    cache.mkdir(parents=True, exist_ok=True)
    lock = Lock(cache / "spinestream-kafka.lock")
    lock.acquire(wait=True)
    try:
        found = cached()
        if found is not None:
            return found
        jars = _resolve(again=False)
        if _differing(jars):
            jars = _resolve(again=True)
        differing = _differing(jars)
        if differing:
            raise JarsUnavailable(
                f"kafka: {len(differing)} jars are not the expected ones ({', '.join(differing[:3])}). "
                "Remove the jgo folder in the user's cache and ~/.m2/repository, then try again"
            )
        write_private(_list(), "".join(f"{path.stat().st_size} {path}\n" for path in jars))
        return jars
    finally:
        lock.release()


def cached() -> list[Path] | None:
    """The class path if every jar lies in the cache in its checked size, else None. Does not touch the network."""
    try:
        lines = _list().read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    jars: list[Path] = []
    for line in lines:
        size, _, path = line.partition(" ")
        jar = Path(path)
        if not jar.is_file() or jar.stat().st_size != int(size):
            return None
        jars.append(jar)
    return jars if {jar.name for jar in jars} == set(_expected()) else None


def _resolve(*, again: bool) -> list[Path]:
    try:
        import jgo
    except ImportError as error:
        raise PackageMissing("jgo", "kafka") from error
    try:
        return sorted(jgo.build(COORDINATES, update=again, cache_dir=_cache()).all_jars)
    except Exception as error:  # jgo raises what its parts raise
        raise JarsUnavailable(
            f"kafka: the jars could not be resolved ({type(error).__name__}). They come from a Maven repository once: "
            "run `spinestream servers prepare` where it can be reached, or copy the jgo folder of the "
            "user's cache from such a machine, or name a broker with SPINESTREAM_KAFKA"
        ) from error


def _differing(jars: list[Path]) -> list[str]:
    """Names of jars that are missing, too many, or not the bytes that were tested."""
    expected = _expected()
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars}
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))


def _expected() -> dict[str, str]:
    lines = CHECKSUMS.read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line)}


def _cache() -> Path:
    named = os.environ.get("JGO_CACHE_DIR")
    return Path(named) if named else Path.home() / ".cache" / "jgo"


def _list() -> Path:
    return _cache() / f"spinestream-kafka-{hashlib.sha256(CHECKSUMS.read_bytes()).hexdigest()[:12]}.txt"
