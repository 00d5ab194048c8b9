"""Where the web role listens: it writes its address down for `up`, `status` and its own next start."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict, ValidationError

from spinestream.workdir import Workdir


class WebNote(BaseModel):
    """What the web role says of itself."""

    model_config = ConfigDict(frozen=True)

    pid: int
    host: str
    port: int
    metrics: int = 0
    """Port on 127.0.0.1 that metrics are served on; 0: none."""

    @property
    def address(self) -> str:
        """`http://host:port`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def write_note(workdir: Workdir, note: WebNote) -> None:
    """Write down where the role of this process listens."""
    part = workdir.web_file.with_suffix(f".{os.getpid()}.part")
    part.write_text(note.model_dump_json())
    part.replace(workdir.web_file)


def web_told(workdir: Workdir) -> WebNote | None:
    """Return what the web role said last, whether or not it runs still."""
    try:
        return WebNote.model_validate_json(workdir.web_file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def last_port(workdir: Workdir) -> int:
    """Return the port that the desk had last, 0 where it never had one."""
    note = web_told(workdir)
    return note.port if note else 0
