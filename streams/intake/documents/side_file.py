"""What is known about a document besides its text: a side file beside it, and flags that win over the side file.

For `disc.md` the first of these is read: `disc.md.meta.yaml`, `disc.md.meta.json`, `disc.meta.yaml`, `disc.meta.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import yaml

from generation.sources import Document, Language
from streams.intake.documents.errors import DocumentRefused, Reason

SIDE_SUFFIXES = (".meta.yaml", ".meta.json")
LONGEST = {"id": 200, "title": 500, "licence": 200, "citation": 2000}
LARGEST_SIDE_FILE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a side file or a flag may say about a document; none where nothing was said."""

    id: str | None = None
    """Source id; else the version (sha256 of the bytes) serves as id."""
    title: str | None = None
    licence: str | None = None
    citation: str | None = None
    language: Language | None = None
    """Language of the text; else it is told by the letters."""

    def overridden_by(self, other: Metadata) -> Metadata:
        """Return this with every field that `other` sets taken from `other`."""
        given = {field.name: value for field in fields(other) if (value := getattr(other, field.name)) is not None}
        return replace(self, **given)


def is_side_file(path: Path) -> bool:
    """Tell whether a path is named as a side file; such a file is never a document."""
    return path.name.lower().endswith(SIDE_SUFFIXES)


def side_file_of(path: Path) -> Path | None:
    """Return the side file of a document, one with its whole name before one with its stem; none if there is none."""
    for base in (path.name, path.stem):
        for suffix in SIDE_SUFFIXES:
            side = path.with_name(base + suffix)
            if side.is_file():
                return side
    return None


def read_metadata(path: Path, overrides: Metadata | None = None) -> Metadata:
    """Return a document's metadata: its side file's, overridden by flags.

    Raises `DocumentRefused` (`side-file`) naming the side file and the field that cannot be used.
    """
    side = side_file_of(path)
    found = Metadata() if side is None else _checked(_load(side), side.name)
    return found if overrides is None else found.overridden_by(overrides)


def title_of(metadata: Metadata, document: Document, path: Path) -> str:
    """Return the title given, else the first heading that holds text, else the file's stem."""
    first = next((passage.heading_path[0] for passage in document.passages if passage.heading_path), None)
    return metadata.title or first or path.stem


def _refused(name: str, detail: str) -> DocumentRefused:
    return DocumentRefused(Reason.SIDE_FILE, f"{name}: {detail}")


def _load(side: Path) -> Mapping[str, object]:
    try:
        if side.stat().st_size > LARGEST_SIDE_FILE:
            raise _refused(side.name, f"larger than {LARGEST_SIDE_FILE} bytes")
        text = side.read_bytes().decode("utf-8-sig")
        loaded = json.loads(text) if side.name.lower().endswith(".json") else yaml.safe_load(text)
    except OSError as error:
        raise _refused(side.name, f"cannot be opened ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise _refused(side.name, "not UTF-8 text") from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise _refused(side.name, f"not valid {side.suffix[1:].upper()}{_place(error)}") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise _refused(side.name, "must hold fields, one a line, such as `title: Lumbar disc disease`")
    return {str(key): value for key, value in loaded.items()}


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else getattr(error, "lineno", None)
    return "" if line is None else f" at line {line}"


def _checked(loaded: Mapping[str, object], name: str) -> Metadata:
    known = [field.name for field in fields(Metadata)]
    for key in loaded:
        if key not in known:
            raise _refused(name, f"unknown field `{key[:60]}` (known: {', '.join(known)})")
    texts = {key: _text(key, loaded.get(key), longest, name) for key, longest in LONGEST.items()}
    return Metadata(**texts, language=_language(loaded.get("language"), name))


def _text(key: str, value: object, longest: int, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _refused(name, f"field `{key}` must be text, not {type(value).__name__} (put it in quotes)")
    cleaned = " ".join(value.split())
    if not cleaned or len(cleaned) > longest or not cleaned.isprintable():
        raise _refused(name, f"field `{key}` must be 1 to {longest} printable characters")
    return cleaned


def _language(value: object, name: str) -> Language | None:
    if value is None:
        return None
    try:
        return Language(value)  # type: ignore[arg-type]
    except ValueError as error:
        raise _refused(name, f"field `language` must be one of {', '.join(Language)}") from error
