"""The work folder: everything one deployment on one machine keeps, and nothing outside it."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from spinestream.errors import UsageError


@dataclass(frozen=True)
class Workdir:
    """Where things lie under `root`."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> Workdir:
        """Make the folder when it is not there."""
        workdir = cls(root.resolve())
        for folder in (workdir.root, workdir.logs, workdir.run):
            folder.mkdir(parents=True, exist_ok=True)
        workdir.secrets.mkdir(mode=0o700, exist_ok=True)
        return workdir

    @classmethod
    def existing(cls, root: Path) -> Workdir:
        """Return the work folder that is at `root`; another folder is left as it is. Raises UsageError."""
        workdir = cls(root.resolve())
        if not workdir.run.is_dir():
            what = "is no work folder" if root.is_dir() else "does not exist"
            raise UsageError(f"{root} {what}; `spinestream run PATH… --workdir {root}` makes one")
        return workdir

    @property
    def logs(self) -> Path:
        """One log file a role."""
        return self.root / "logs"

    def log_of(self, role: str) -> Path:
        """The log of a role process, by its label."""
        return self.logs / f"{role}.log"

    @property
    def run(self) -> Path:
        """What running processes tell each other: settings, role pids, pool members."""
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        """Generated credentials and keys; 0700."""
        return self.root / "secrets"

    @property
    def blobs(self) -> Path:
        """The default blob store."""
        return self.root / "blobs"

    @property
    def spool(self) -> Path:
        """Originals of cases on their way in; 0700, and the one place where identifiers may lie."""
        return self.root / "spool"

    @property
    def training(self) -> Path:
        """A folder a run that is being made; empty otherwise. Nodes of a Ray cluster have to see it."""
        return self.root / "training"

    @property
    def kept(self) -> tuple[Path, ...]:
        """Every folder of ours in it; what else lies there is somebody's."""
        return self.logs, self.run, self.secrets, self.blobs, self.spool, self.training, self.root / "servers"

    @property
    def settings_file(self) -> Path:
        """Settings the supervisor started its roles with."""
        return self.run / "settings.json"

    @property
    def roles_file(self) -> Path:
        """Role processes: name and pid."""
        return self.run / "roles.json"

    def cpu_file(self, role: str) -> Path:
        """CPU time by stage of a light role process, by its label."""
        return self.run / f"cpu-{role}.json"

    def telemetry_file(self, role: str) -> Path:
        """Where a role process listens for scrapes and probes, by its label."""
        return self.run / f"telemetry-{role}.json"

    @property
    def pool_file(self) -> Path:
        """Members of the pool as its manager last saw them."""
        return self.run / "pool.json"

    @property
    def gateway_file(self) -> Path:
        """Where the gateway takes DICOM, as it last said."""
        return self.run / "gateway.json"

    @property
    def web_file(self) -> Path:
        """Where the desk listens, as the web role last said."""
        return self.run / "web.json"

    @property
    def holder_file(self) -> Path:
        """The process that runs the roles: `spinestream.seat`."""
        return self.run / "supervisor.json"

    def ready_file(self, role: str) -> Path:
        """Written by a role process, by its label, once its loops run: its pid."""
        return self.run / f"{role}.ready"

    def split_key(self) -> str:
        """Return the key of the train/bench division, made once and never rotated."""
        return self._made_once("split.key")

    def pseudonym_key(self) -> str:
        """Return the key of pseudonyms and date offsets, made once: with another, no case is the same any more."""
        return self._made_once("pseudonym.key")

    def _made_once(self, name: str) -> str:
        """Return a secret of 64 hex digits; two processes that ask at once get the same, and none an empty one."""
        place = self.secrets / name
        if not place.exists():
            part = place.with_name(f"{name}.{secrets.token_hex(8)}.part")
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(part, place)
            part.unlink()
        return place.read_text().strip()
