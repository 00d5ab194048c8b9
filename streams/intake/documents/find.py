"""Which files of the paths given are documents, told from names and sizes alone: no content is read here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.intake.documents.errors import DocumentRefused, Reason
from streams.intake.documents.settings import DEFAULT_SETTINGS, DocumentSettings
from streams.intake.documents.side_file import Metadata, is_side_file, read_metadata

MEDIA_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be read as a document."""

    path: Path
    relative: str
    """Path below the folder given, with `/`; the name of a file given itself."""
    media_type: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that is not taken, and why."""

    path: Path
    reason: Reason
    why: str


@dataclass(slots=True)
class _Found:
    candidates: list[Candidate] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)


def find_documents(
    paths: Sequence[Path], overrides: Metadata | None = None, settings: DocumentSettings = DEFAULT_SETTINGS
) -> tuple[list[Candidate], list[Refusal]]:
    """Return the documents among files and folders, and the files that are none, both in sorted order a folder.

    Hidden files and side files are passed over; a link is followed only where it stays inside its folder. A file met
    twice counts once; a second file with the same side-file `id` is refused. Raises `FileNotFoundError` for a path
    given that does not exist.
    """
    found = _Found()
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"no such file or folder: {path}")
        if path.is_dir():
            for file in _walk(path, found.refusals):
                _take(file, file.relative_to(path).as_posix(), found, overrides, settings)
        else:
            _take(path, path.name, found, overrides, settings)
    return found.candidates, found.refusals


def media_type_of(path: Path) -> str:
    """Return the media type a file's name tells; raises `DocumentRefused` (`unsupported`) for other names."""
    media_type = MEDIA_TYPES.get(path.suffix.lower())
    if media_type is None:
        kind = f"{path.suffix[:20]} files are" if path.suffix else "a file without an extension is"
        raise DocumentRefused(Reason.UNSUPPORTED, f"{kind} not read")
    return media_type


def check_file(path: Path, settings: DocumentSettings = DEFAULT_SETTINGS) -> None:
    """Refuse a file that is too large or cannot be opened, by its size and one `open`; nothing is read.

    Raises `DocumentRefused` (`too-large`, `unreadable`).
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentRefused(Reason.UNREADABLE, "not a regular file")
        if status.st_size > settings.max_bytes:
            raise _too_large(status.st_size, settings)
        path.open("rb").close()
    except OSError as error:
        raise DocumentRefused(Reason.UNREADABLE, f"cannot be opened ({error.strerror})") from error


def read_content(path: Path, settings: DocumentSettings = DEFAULT_SETTINGS) -> bytes:
    """Return a file's bytes, at most `settings.max_bytes`; raises `DocumentRefused` (`too-large`, `unreadable`)."""
    check_file(path, settings)
    try:
        with path.open("rb") as file:
            content = file.read(settings.max_bytes + 1)
    except OSError as error:
        raise DocumentRefused(Reason.UNREADABLE, f"cannot be read ({error.strerror})") from error
    if len(content) > settings.max_bytes:
        raise _too_large(len(content), settings)
    return content


def _too_large(size: int, settings: DocumentSettings) -> DocumentRefused:
    return DocumentRefused(Reason.TOO_LARGE, f"{size:,} bytes, more than the {settings.max_bytes:,} allowed")


def _take(path: Path, relative: str, found: _Found, overrides: Metadata | None, settings: DocumentSettings) -> None:
    resolved = _real(path)
    if is_side_file(path) or resolved in found.seen:
        return
    found.seen.add(resolved)
    try:
        media_type = media_type_of(path)
        check_file(path, settings)
        metadata = read_metadata(path, overrides)
        if metadata.id is not None and found.ids.setdefault(metadata.id, relative) != relative:
            other = found.ids[metadata.id]
            raise DocumentRefused(Reason.SIDE_FILE, f"field `id`: `{metadata.id}` is already the id of {other}")
        found.candidates.append(Candidate(path, relative.encode("utf-8", "replace").decode(), media_type, metadata))
    except DocumentRefused as refused:
        found.refusals.append(Refusal(path, refused.reason, str(refused)))


def _real(path: Path) -> Path:
    """Resolve links; one that points at itself stays as it is."""
    return Path(os.path.realpath(path))


def _walk(folder: Path, refusals: list[Refusal]) -> Iterator[Path]:
    """Yield the files below a folder, sorted; a link out of it is refused, one to a file met anyway passed over."""

    def unreadable(error: OSError) -> None:
        where = Path(error.filename or folder)
        refused = DocumentRefused(Reason.UNREADABLE, f"the folder cannot be opened ({error.strerror})")
        refusals.append(Refusal(where, refused.reason, str(refused)))

    root = _real(folder)
    files: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        entries = [*names, *(name for name in folders if Path(place, name).is_symlink())]
        files += [Path(place, name) for name in sorted(entries) if not name.startswith(".")]
    plain = {_real(file) for file in files if not file.is_symlink()}
    for file in files:
        target = _real(file)
        if not file.is_symlink():
            yield file
        elif not target.is_relative_to(root):
            refused = DocumentRefused(Reason.UNSUPPORTED, "a link out of its folder is not followed")
            refusals.append(Refusal(file, refused.reason, str(refused)))
        elif target not in plain and not target.is_dir():
            yield file
