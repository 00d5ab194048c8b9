"""Takes the documents of a run in, one command each; a bad file is refused by name and the rest goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, TypeVar

from pydantic import SecretStr

from generation.ids import source_version
from generation.sources import SourceRef
from spinestream.running.find import find
from spinestream.running.report import Refused, display_name
from spinestream.running.request import RunRequest
from spinestream.running.studies import Studies, take_studies
from spinestream.settings import Settings, from_environment, load
from spinestream.wiring import Parts
from spinestream.workdir import Workdir
from streams.dependencies import as_dependency_down
from streams.errors import SourceRefused
from streams.intake.documents import (
    Candidate,
    DocumentRefused,
    DocumentSettings,
    Refusal,
    read_content,
    read_document,
    title_of,
)
from streams.intake.gateway.finding import StudyFolder
from streams.splits import SplitSettings, split_of

log = logging.getLogger(__name__)

TRIES = 3
T = TypeVar("T")


@dataclass
class Registered:
    """What came of the paths given."""

    versions: list[str] = field(default_factory=list)
    new: int = 0
    refused: list[Refused] = field(default_factory=list)
    more: int = 0
    """Known documents of which more is wanted now than before."""
    studies: Studies = field(default_factory=Studies)
    untaken: int = 0
    """Documents and studies that were not come to before the run was interrupted."""
    sent: bool = True
    """Whether a broker was there to take the events; else they wait for one."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `ingest --json` prints."""
        return {
            "sources": len(self.versions),
            "versions": self.versions,
            "new": self.new,
            "asked_for_more": self.more,
            "refused": [asdict(one) for one in self.refused],
            "studies": self.studies.studies,
            "instances": self.studies.instances,
            "quarantined": self.studies.quarantined,
            "files_left": self.studies.left,
            "sent": self.sent,
        }

    def add(self, studies: Studies) -> None:
        """Count the cases of studies among the sources."""
        self.studies = studies
        self.versions += [one for one in studies.versions if one not in self.versions]
        self.new += studies.new
        self.more += studies.more
        self.untaken += studies.untaken

    @property
    def documents(self) -> int:
        """How many documents are among the sources."""
        return len(self.versions) - len(self.studies.versions)

    @property
    def whole(self) -> bool:
        """Whether everything given was taken."""
        return not (self.refused or self.studies.quarantined or self.studies.left)


def split_settings() -> SplitSettings:
    """Return how sources are divided, as the environment says."""
    return from_environment(SplitSettings)


def with_key(split: SplitSettings, workdir: Workdir) -> SplitSettings:
    """Return the division with the work folder's own key, unless it has one."""
    if split.key.get_secret_value():
        return split
    return split.model_copy(update={"key": SecretStr(workdir.split_key())})


class Registrar:
    """Registers documents as sources."""

    def __init__(
        self,
        parts: Parts,
        split: SplitSettings,
        documents: DocumentSettings,
        asked: RunRequest,
        mend: Callable[[], Awaitable[object]],
    ) -> None:
        """`mend` brings back a server that has died."""
        self._mend = mend
        self._parts = parts
        self._split = split
        self._documents = documents
        self._asked = asked

    async def register(
        self,
        candidates: Sequence[Candidate],
        refusals: Sequence[Refusal],
        told: Callable[[str], None],
        stopped: Callable[[], bool],
    ) -> Registered:
        """Register every candidate, until `stopped` says so; `told` is called with the number and name of each."""
        result = Registered(refused=[Refused(display_name(one.path), f"{one.reason}: {one.why}") for one in refusals])
        for number, candidate in enumerate(candidates, start=1):
            if stopped():
                result.untaken = len(candidates) - number + 1
                break
            told(f"{number} of {len(candidates)}: {candidate.relative}")
            try:
                version, new, more = await self._mending(partial(self._one, candidate), candidate.relative)
            except DocumentRefused as refused:
                result.refused.append(Refused(display_name(candidate.path), f"{refused.reason}: {refused}"))
                continue
            except SourceRefused as refused:
                result.refused.append(Refused(display_name(candidate.path), str(refused)))
                continue
            if version not in result.versions:
                result.versions.append(version)
                result.new += new
                result.more += more
        return result

    async def take(
        self,
        studies: Sequence[StudyFolder],
        settings: Settings,
        told: Callable[[str], None],
        stopped: Callable[[], bool],
    ) -> Studies:
        """Take studies in, until `stopped` says so; raises SpoolFull."""
        wanted = self._asked.wanted if self._asked.wanted_of_studies is None else self._asked.wanted_of_studies
        return await take_studies(self._parts, settings, self._split, wanted, studies, told, stopped, self._mending)

    async def _mending(self, work: Callable[[], Awaitable[T]], name: str) -> T:
        """Do one thing; what a server's death cut off is done again once the server is back."""
        for last in (False,) * TRIES + (True,):
            try:
                return await work()
            except Exception as error:
                down = as_dependency_down(error)
                if down is None or last:
                    raise
                log.warning("taking in %s: %s", name, down)
                await self._mend()
        raise AssertionError("the last try returns or raises")

    async def _one(self, candidate: Candidate) -> tuple[str, bool, bool]:
        """Return the version, whether it is new, and whether more is wanted of it than before."""
        content = await asyncio.to_thread(read_content, candidate.path, self._documents)
        version = source_version(content)
        source_id = candidate.metadata.id or version
        if source_id in await self._parts.sources.withdrawn([source_id]):
            raise SourceRefused(f"withdrawn: source {source_id} was withdrawn; give it another id to take it in anew")
        known = await self._parts.sources.get(version)
        if known is not None:
            if known["id"] in await self._parts.sources.withdrawn([known["id"]]):
                raise SourceRefused(f"withdrawn: these bytes are source {known['id']}, which was withdrawn")
            return version, False, await self._ask(version)
        title = await asyncio.to_thread(self._title, candidate, content)
        source = SourceRef(
            id=source_id,
            version=version,
            title=title,
            licence=candidate.metadata.licence or self._asked.licence,
            citation=candidate.metadata.citation,
            split=split_of(source_id, self._split),
            media_type=candidate.media_type,
        )
        new = await self._parts.sources.register(
            source, content, candidate.relative, self._asked.wanted, self._parts.outbox, candidate.metadata.language
        )
        return version, new, not new and await self._ask(version)

    async def _ask(self, version: str) -> bool:
        return bool(await self._parts.sources.ask(version, self._asked.wanted, self._parts.outbox))

    def _title(self, candidate: Candidate, content: bytes) -> str:
        """Return the document's title; text formats are read here already, so that what is no text is refused at the
        door."""
        if candidate.media_type == "application/pdf":
            return candidate.metadata.title or candidate.path.stem
        document = read_document(content, candidate.media_type, settings=self._documents)
        return title_of(candidate.metadata, document, candidate.path)


async def ingest(parts: Parts, workdir: Workdir, asked: RunRequest, told: Callable[[str], None]) -> Registered:
    """Take the documents and studies asked for in, and leave the work to whoever runs the roles."""
    settings = load(workdir)
    found = find(asked.paths, asked.metadata, settings.documents, workdir)
    if parts.broker is not None:
        await asyncio.to_thread(parts.broker.ensure_topics)
    split = with_key(split_settings(), workdir)

    async def wait() -> None:
        """Whoever started a server brings it back."""
        await asyncio.sleep(1)

    registrar = Registrar(parts, split, settings.documents, asked, wait)
    registered = await registrar.register(found.candidates, found.refusals, told, lambda: False)
    registered.add(await registrar.take(found.studies, settings, told, lambda: False))
    registered.sent = parts.broker is not None
    return registered
