"""The work folder: everything one deployment on one machine keeps, and nothing outside it."""

from __future__ import annotations

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
    def kept(self) -> tuple[Path, ...]:
        """Every folder of ours in it; what else lies there is somebody's."""
        return self.logs, self.run, self.secrets, self.blobs, self.root / "servers"

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

    @property
    def pool_file(self) -> Path:
        """Members of the pool as its manager last saw them."""
        return self.run / "pool.json"

    @property
    def holder_file(self) -> Path:
        """The process that runs the roles: `spinestream.seat`."""
        return self.run / "supervisor.json"

    def ready_file(self, role: str) -> Path:
        """Written by a role process, by its label, once its loops run: its pid."""
        return self.run / f"{role}.ready"

    def split_key(self) -> str:
        """Return the key of the train/bench division, made once and never rotated."""
        place = self.secrets / "split.key"
        try:
            descriptor = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return place.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        return place.read_text().strip()
